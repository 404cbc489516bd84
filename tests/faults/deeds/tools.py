"""What hostile policies have in common.

A deed is given the places of what the test has laid out for it (`targets`) and returns what it has come by,
or raises what kept it from it. It attacks what the test made; of all else it finds out whether it can be had.
"""

import ctypes
import os
import platform
import re
import socket
import sys
import time
from pathlib import Path

MIB = 1 << 20
LIBC = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == "x86_64"


def runner():
    """Returns the runner's process; where there is no parent to be seen, the first of all."""
    return os.getppid() or 1


def stack(pid):
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        if "[stack]" in line:
            start, end = line.split()[0].split("-")
            return int(start, 16), int(end, 16)
    raise PermissionError("no stack to be seen")


def found(text):
    found = re.search("secret-[0-9a-f]{16}", text)
    if found is None:
        raise LookupError(f"no secret in {len(text)} characters")
    return f"found {found.group()}"


def refuse():
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


def quietly(path):
    try:
        return path.read_text()
    except OSError:
        return ""


def written(path, mode):
    with path.open(mode) as file:
        file.write("attacked\n")
    return f"wrote {path.name}"


def call(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(1)
        one.connect(address)
        return one.recv(100).decode()


def fill(folder, mib):
    file = folder / "attacked.bin"
    try:
        with file.open("wb") as out:
            for _ in range(mib):
                out.write(b"x" * MIB)
        return f"{mib} MiB in {folder}"
    finally:
        file.unlink(missing_ok=True)


def can_write(path):
    try:
        path.write_text("attacked")
        path.unlink()
    except OSError:
        return False
    return True


def leave_behind(targets, environment):
    code = "import time; time.sleep(600)"
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            os.execve(sys.executable, [sys.executable, "-S", "-c", code, targets["offspring"]], environment)
        os._exit(0)
    time.sleep(0.3)
    return "TRIED to leave a process behind"


def own_descriptors():
    numbers = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return [fd for fd in numbers if fd > 2]


def write(fd, data):
    try:
        return os.write(fd, data)
    except OSError:
        return 0
