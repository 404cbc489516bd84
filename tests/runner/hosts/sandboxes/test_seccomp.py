"""The filter of system calls: as the kernel would run it, and as it does."""

from __future__ import annotations

import errno
import struct

import pytest

from ilbench.runner.hosts.sandboxes.seccomp import DENIED, MACHINES, seccomp_program

ALLOWED, KILLED = 0x7FFF0000, 0x80000000


def refused(number):
    return 0x00050000 | number


def judged(machine, number, argument=0, second=0, audit=None):
    """Returns what the filter says to a call, by the rules of the kernel's machine."""
    lines = list(struct.iter_unpack("=HBBI", seccomp_program(machine)))
    data = struct.pack("=iIQQQ", number, audit or MACHINES[machine].audit, 0, argument, second)
    place = loaded = 0
    while True:
        code, if_true, if_false, value = lines[place]
        if code == 0x06:
            return value
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", data, value)
        is_true = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}.get(code)
        place += 1 if is_true is None else 1 + (if_true if is_true else if_false)


@pytest.mark.parametrize(("machine", "read", "ptrace"), [("x86_64", 0, 101), ("aarch64", 63, 117)])
def test_a_usual_call_is_allowed_and_a_rare_one_refused(machine, read, ptrace):
    assert judged(machine, read) == ALLOWED
    assert judged(machine, ptrace) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", DENIED)
def test_every_denied_call_is_refused(machine, name):
    number = DENIED[name][MACHINES[machine].column]
    assert number is None or judged(machine, number) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_processes_can_be_made_and_namespaces_not(machine):
    clone, clone3 = (MACHINES[machine].special[name] for name in ("clone", "clone3"))
    assert judged(machine, clone, 0x01200011) == ALLOWED
    assert judged(machine, clone, 0x10000000) == refused(errno.EPERM)
    assert judged(machine, clone3) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("family", "is_allowed"), [(1, True), (2, True), (10, True), (16, False), (17, False)]
)
def test_sockets_are_of_the_usual_families(machine, family, is_allowed):
    said = judged(machine, MACHINES[machine].special["socket"], family)
    assert said == (ALLOWED if is_allowed else refused(errno.EPERM))


@pytest.mark.parametrize(("request_", "is_allowed"), [(0x5401, True), (0x5412, False), (0x541C, False)])
def test_nothing_is_typed_into_a_terminal(request_, is_allowed):
    said = judged("x86_64", MACHINES["x86_64"].special["ioctl"], 0, request_)
    assert said == (ALLOWED if is_allowed else refused(errno.EPERM))


def test_another_interface_of_the_kernel_is_no_way_around():
    assert judged("x86_64", 0x40000000 + 101) == refused(errno.ENOSYS)
    assert judged("x86_64", 26, audit=0x40000003) == KILLED


def test_an_unknown_processor_has_no_filter():
    assert seccomp_program("sparc64") == b""


def test_the_kernel_takes_the_filter(told_inside):
    code = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True); "
        "print(c.ptrace(0, 0, 0, 0), ctypes.get_errno(), c.unshare(0x10000000), ctypes.get_errno())"
    )
    assert told_inside(code)[0] == f"-1 {errno.EPERM} -1 {errno.EPERM}"
