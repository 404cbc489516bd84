"""What hostile policies take more of than their share: one function an attack, see `tools`."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tools import MIB, can_write, fill, leave_behind

# More than its share.


def fill_disk(targets):
    return fill(Path(os.environ["TMPDIR"]), 300)


def fill_memory_folder(targets):
    return fill(Path("/dev/shm"), 300)


def fill_other_folders(targets):
    places = [Path(name) for name in ("/", "/dev", "/run", "/var/tmp", "/usr/local")]
    written = [place for place in places if can_write(place / f"attacked-{os.getpid()}")]
    if not written:
        raise PermissionError("all are read-only")
    return f"wrote to {', '.join(map(str, written))}"


def many_files(targets):
    folder = Path(os.environ["TMPDIR"], "many")
    folder.mkdir()
    for number in range(targets["files"]):
        os.mknod(folder / str(number))
    time.sleep(1)
    return f"{targets['files']} files"


def take_memory(targets):
    taken = [bytearray(os.urandom(1) * MIB) for _ in range(700)]
    time.sleep(1)
    return f"{len(taken)} MiB"


def ask_for_memory(targets):
    return f"{len(bytearray(1 << 36)) >> 30} GiB"


def take_memory_together(targets):
    code = f"x = [bytearray(b'x' * {MIB}) for _ in range(150)]; import time; time.sleep(2)"
    for child in [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(5)]:
        if child.wait() != 0:
            raise MemoryError
    return "750 MiB in five processes"


def take_uncounted_memory(targets):
    fd = os.memfd_create("attack")
    for _ in range(1000):
        os.write(fd, b"x" * MIB)
    return "1000 MiB that belong to no process"


def fork(targets):
    children = []
    try:
        for _ in range(300):
            pid = os.fork()
            if pid == 0:
                time.sleep(5)
                os._exit(0)
            children.append(pid)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return f"{len(children)} processes"


def start_threads(targets):
    enough = threading.Event()
    threads = [threading.Thread(target=enough.wait) for _ in range(300)]
    try:
        for thread in threads:
            thread.start()
    finally:
        enough.set()
    return f"{len(threads)} threads"


def open_files(targets):
    opened = []
    try:
        opened += [os.open("/dev/null", os.O_RDONLY) for _ in range(5000)]
    finally:
        os.closerange(32, 5100)
    return f"{len(opened)} open files"


def print_much(targets):
    for _ in range(400):
        os.write(2, b"spam " * 25_000 + b"\n")
    return "50 MB of output"


def burn(targets):
    end = time.process_time() + 8
    while time.process_time() < end:
        pass
    return "8 s of processor time"


def raise_limits(targets):
    resource.setrlimit(resource.RLIMIT_NOFILE, (100_000, 100_000))
    return "more open files"


# Longer than its time.


def outlive(targets):
    return leave_behind(targets, dict(os.environ))


def outlive_unmarked(targets):
    return leave_behind(targets, {})
