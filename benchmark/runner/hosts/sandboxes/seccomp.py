"""A filter of system calls for a policy in a sandbox, as the program of the Berkeley Packet Filter.

The kernel runs it before every system call, on the structure ``seccomp_data``: number, architecture,
instruction pointer, six arguments (``Documentation/userspace-api/seccomp_filter.rst``; opcodes as in
``linux/bpf_common.h``, numbers as in ``asm/unistd_64.h`` and ``asm-generic/unistd.h``). What is refused here
lets a process look into others, change what it sees of the system, hold memory that nobody counts, or reach
code of the kernel that policies have no use for. The namespaces are the wall; this makes less of the kernel
reachable from behind it.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
X32_BIT = 0x40000000
"""Marks calls of the x32 interface, which has numbers of its own."""
NEW_NAMESPACE = 0x7E020000
"""All flags of ``clone`` that ask for a namespace (``linux/sched.h``)."""
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
"""Requests of ``ioctl`` that type into a terminal."""
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)


class Machine(NamedTuple):
    """What differs between processors.

    Attributes:
        audit: The architecture's number in ``seccomp_data`` (``linux/audit.h``).
        column: Its column in `DENIED`.
        special: Numbers of calls that are judged by an argument.
    """

    audit: int
    column: int
    special: Mapping[str, int]


MACHINES: Mapping[str, Machine] = {
    "x86_64": Machine(0xC000003E, 0, {"clone": 56, "clone3": 435, "ioctl": 16, "socket": 41}),
    "aarch64": Machine(0xC00000B7, 1, {"clone": 220, "clone3": 435, "ioctl": 29, "socket": 198}),
}

DENIED: Mapping[str, tuple[int | None, int | None]] = {
    # Other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # Namespaces and file systems.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262),
    # Memory that belongs to no process, and so to no limit.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # Code of the kernel with many faults in its history, and none that a policy needs.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    # The whole machine.
    "syslog": (103, 116),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
}
"""Calls that fail with ``EPERM``, with their numbers on x86-64 and on 64-bit ARM."""


def seccomp_program(machine: str | None = None) -> bytes:
    """Returns the filter for a processor; empty for one whose numbers are not known here.

    Args:
        machine: What ``platform.machine`` calls it; this one if not given.
    """
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return b""
    lines = [
        *(_line(_LOAD, _ARCHITECTURE), _line(_EQUAL, known.audit, 1, 0), _line(_RETURN, _KILL)),
        _line(_LOAD, _NUMBER),
        *_unless(_line(_AT_LEAST, X32_BIT, 0, 1), errno.ENOSYS),
        *_judged(known.special),
    ]
    for numbers in DENIED.values():
        number = numbers[known.column]
        if number is not None:
            lines += _unless(_line(_EQUAL, number, 0, 1), errno.EPERM)
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _judged(special: Mapping[str, int]) -> Iterable[bytes]:
    """Yields the lines for calls that are judged by an argument; they leave the number loaded."""
    # Its flags lie in memory, which no filter sees: without it, the C library uses clone.
    yield from _unless(_line(_EQUAL, special["clone3"], 0, 1), errno.ENOSYS)
    yield _line(_EQUAL, special["clone"], 0, 4)
    yield _line(_LOAD, _ARGUMENTS)
    yield from _unless(_line(_ANY_BIT, NEW_NAMESPACE, 0, 1), errno.EPERM)
    yield _line(_RETURN, _ALLOW)
    yield _line(_EQUAL, special["ioctl"], 0, 5)
    yield _line(_LOAD, _ARGUMENTS + 8)
    yield _line(_EQUAL, TIOCSTI, 1, 0)
    yield from _unless(_line(_EQUAL, TIOCLINUX, 0, 1), errno.EPERM)
    yield _line(_RETURN, _ALLOW)
    yield _line(_EQUAL, special["socket"], 0, 6)
    yield _line(_LOAD, _ARGUMENTS)
    for place, family in enumerate(FAMILIES):
        yield _line(_EQUAL, family, len(FAMILIES) - place, 0)
    yield _line(_RETURN, _FAIL | errno.EPERM)
    yield _line(_RETURN, _ALLOW)


def _unless(test: bytes, error: int) -> tuple[bytes, bytes]:
    """Returns a test, and the line behind it that fails the call where the test holds."""
    return test, _line(_RETURN, _FAIL | error)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
