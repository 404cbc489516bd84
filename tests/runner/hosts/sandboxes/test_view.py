"""What a policy in a sandbox sees: as bubblewrap is told, and as it is."""

from __future__ import annotations

import resource
from itertools import pairwise
from pathlib import Path

from ilbench.contract.limits import Limits
from ilbench.runner.hosts.sandboxes.interpreter import Interpreter
from ilbench.runner.hosts.sandboxes.view import GUEST, GUEST_SOURCE, View, bwrap_arguments, limited

PYTHON = Interpreter(
    python="/x/bin/python", shown=(Path("/x/bin"), Path("/x/lib")), hidden=(Path("/x/lib/ilbench.pth"),)
)
VIEW = View(interpreter=PYTHON, folders=(Path("/a/snapshot"),), limits=Limits(tmp_gib=0.5, memory_gib=2.0))


def told(uid=None):
    return bwrap_arguments(VIEW, {"LANG": "C"}, seccomp_fd=3, info_fd=4, uid=uid)


def test_files_of_a_policy_are_shown_read_only():
    arguments = told()
    binds = [arguments[at + 1 : at + 3] for at, word in enumerate(arguments) if word == "--ro-bind"]
    assert ["/a/snapshot", "/a/snapshot"] in binds
    assert [str(GUEST_SOURCE), str(GUEST)] in binds
    assert "--bind" not in arguments


def test_what_is_hidden_is_covered():
    assert ("/dev/null", "/x/lib/ilbench.pth") in list(pairwise(told()))


def test_folders_for_temporary_files_have_a_size():
    arguments = told()
    sizes = [arguments[at - 1] for at, word in enumerate(arguments) if word == "--tmpfs"]
    assert sizes == [str(1 << 29)] * 2


def test_users_get_a_namespace_and_the_administrator_becomes_nobody():
    assert "--unshare-user" in told()
    assert "--unshare-user" not in told(uid=70_000)
    assert limited(["python"], Limits(), 70_000)[:3] == [
        "/usr/bin/setpriv",
        "--reuid=70000",
        "--regid=70000",
    ]


def test_the_kernel_is_told_the_limits_of_a_process():
    command = limited(["python"], Limits(processes=20, open_files=30, memory_gib=2.0), None)
    assert command[0] == "/usr/bin/prlimit"
    assert {"--nproc=20", "--nofile=30", f"--data={4 << 30}", "--core=0"} <= set(command)
    assert command[-2:] == ["--", "python"]


def test_no_limit_is_more_than_one_has_oneself():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    command = limited(["python"], Limits(open_files=1 << 16), None)
    assert f"--nofile={min(most, 1 << 16)}" in command


def test_a_policy_sees_its_own_files_and_no_others(told_inside, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.txt").write_text("mine")
    (tmp_path / "theirs.txt").write_text("theirs")
    code = f"import os; print(os.listdir({str(tmp_path)!r}), open({str(tmp_path / 'mine/a.txt')!r}).read())"
    assert told_inside(code, str(tmp_path / "mine"))[0] == "['mine'] mine"


def test_a_policy_has_an_environment_and_a_machine_of_its_own(told_inside, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    code = (
        "import os, socket; pids = [name for name in os.listdir('/proc') if name.isdigit()]; "
        "print('TOKEN' in os.environ, socket.gethostname(), len(pids) < 4, os.getuid() != 0)"
    )
    assert told_inside(code)[0] == "False policy True True"


def test_this_package_cannot_be_imported(told_inside):
    code = "import numpy\ntry: import ilbench\nexcept ImportError as error: print(error)"
    assert told_inside(code, options=("-I",))[0] == "No module named 'ilbench'"


def test_nothing_but_temporary_files_can_be_written(told_inside):
    code = """
import os
for place in ('/', '/dev', '/run', '/usr', '/tmp', '/dev/shm'):
    try:
        open(os.path.join(place, 'x'), 'w').close()
        print(place, end=' ')
    except OSError:
        pass
"""
    assert told_inside(code)[0] == "/tmp /dev/shm"
