"""What hostile policies break out of, or into: one function an attack, see `tools`."""

import contextlib
import ctypes
import os
import struct
import subprocess

from tools import LIBC, X86, own_descriptors, refuse, runner, write

# What it shares with the runner.


def shrink_memory(targets):
    failed = "nothing to shrink"
    for fd in own_descriptors():
        try:
            os.ftruncate(fd, 0)
        except OSError as error:
            failed = str(error)
        else:
            return "shrunk"
    raise PermissionError(failed)


def scribble(targets):
    for fd in own_descriptors():
        with contextlib.suppress(OSError, ValueError):
            size = os.fstat(fd).st_size
            if size:
                os.pwrite(fd, b"\xff" * 64, size - 64)
                return "TRIED: the last observation is another"
    raise PermissionError("there is no memory file")


def say_garbage(targets):
    return f"TRIED: {sum(write(fd, os.urandom(64)) for fd in own_descriptors())} bytes"


def say_too_much(targets):
    return f"TRIED: {sum(write(fd, struct.pack('<cI', b'd', 1 << 31)) for fd in own_descriptors())} bytes"


def answer_unasked(targets):
    return f"TRIED: {sum(write(fd, struct.pack('<cI', b'd', 0)) for fd in own_descriptors())} bytes"


# Out of the walls.


def mount(targets):
    if LIBC.mount(b"none", os.environ["TMPDIR"].encode(), b"tmpfs", 0, None) < 0:
        refuse()
    LIBC.umount(os.environ["TMPDIR"].encode())
    return "mounted"


def own_namespace(targets):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if LIBC.unshare(0x10000000) == 0 else ctypes.get_errno())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise OSError(code, os.strerror(code))
    return "administrator of a namespace"


def join_namespace(targets):
    fd = os.open(f"/proc/{runner()}/ns/net", os.O_RDONLY)
    if LIBC.setns(fd, 0) < 0:
        refuse()
    return "in the runner's network"


def become_administrator(targets):
    os.setuid(0)
    os.chroot("/")
    return "administrator"


def setuid_program(targets):
    told = subprocess.run(["/usr/bin/su", "-c", "id -u"], capture_output=True, text=True, timeout=5)
    if told.stdout.strip() != "0":
        raise PermissionError((told.stderr or told.stdout).strip())
    return "a program of the administrator's"


def rare_calls(targets):
    if not X86:
        raise OSError("the numbers are those of x86-64")
    calls = {"bpf": 321, "io_uring_setup": 425, "userfaultfd": 323, "perf_event_open": 298, "keyctl": 250}
    allowed = []
    for name, number in calls.items():
        if LIBC.syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != 1:
            allowed.append(name)
    if not allowed:
        raise PermissionError(f"none of {', '.join(calls)}")
    return ", ".join(allowed)


def foreign_calls(targets):
    if LIBC.syscall(0x40000000 + 39) < 0:  # getpid, by the x32 interface
        refuse()
    return "another interface of the kernel"


def read_device(targets):
    found = [
        path for path in ("/dev/mem", "/dev/vda", "/dev/sda", "/dev/nvme0n1") if os.access(path, os.R_OK)
    ]
    if not found:
        raise PermissionError("no disk and no memory")
    return f"can read {', '.join(found)}"
