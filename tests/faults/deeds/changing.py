"""What hostile policies change: one function an attack, see `tools`."""

import os
import resource
import signal
from pathlib import Path

from tools import LIBC, refuse, runner, written

# What it may not change.


def write_journal(targets):
    return written(Path(targets["run"], "journal.jsonl"), "a")


def write_header(targets):
    return written(Path(targets["run"], "run.json"), "a")


def write_package(targets):
    return written(Path(targets["package"], "attacked.txt"), "w")


def write_submission(targets):
    return written(Path(targets["submission"], "attacked.txt"), "w")


def write_snapshot(targets):
    folder = Path(__file__).parent
    folder.chmod(0o755)
    return written(folder / "attacked.txt", "w")


def write_home(targets):
    return written(Path(targets["home"], "attacked.txt"), "w")


def write_libraries(targets):
    return written(Path(targets["libraries"], "attacked.pth"), "w")


def write_device(targets):
    return written(Path("/dev/attacked"), "w")


def write_kernel(targets):
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    return "a setting of the kernel is open for writing"


def link_out(targets):
    Path(os.environ["TMPDIR"], "innocent").symlink_to(targets["home"])
    return written(Path(os.environ["TMPDIR"], "innocent", "attacked.txt"), "w")


# Processes that are not its own.


def kill_runner(targets):
    os.kill(runner(), signal.SIGKILL)
    return "killed"


def stop_runner(targets):
    os.kill(runner(), signal.SIGSTOP)
    return "stopped"


def kill_victim(targets):
    os.kill(targets["victim"], signal.SIGKILL)
    return "killed"


def trace_victim(targets):
    if LIBC.ptrace(16, targets["victim"], 0, 0) < 0:  # PTRACE_ATTACH
        refuse()
    LIBC.ptrace(17, targets["victim"], 0, 0)  # PTRACE_DETACH
    return "attached"


def slow_runner(targets):
    os.setpriority(os.PRIO_PROCESS, runner(), 1)
    return "the runner has lost its priority"


def limit_runner(targets):
    most = resource.prlimit(runner(), resource.RLIMIT_NPROC)
    return f"limits of the runner: {most}"


def forge_mail(targets):
    number = LIBC.syscall(434, runner(), 0)  # pidfd_open
    fds = [LIBC.syscall(438, number, fd, 0) for fd in range(3, 32)]  # pidfd_getfd
    sockets = [fd for fd in fds if fd >= 0 and "socket" in str(Path(f"/proc/self/fd/{fd}").readlink())]
    if not sockets:
        refuse()
    return f"{sum(os.write(fd, b'forged') for fd in sockets)} bytes in the runner's name"
