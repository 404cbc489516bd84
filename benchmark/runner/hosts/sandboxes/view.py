"""What a policy in a sandbox sees, and the command that it is started by: nothing here starts anything."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilbench import guest as guest_package
from ilbench.contract.limits import Limits
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.hosts.sandboxes.interpreter import Interpreter, interpreter_at, own_interpreter

GUEST_SOURCE = Path(guest_package.__file__).parent
# Below a folder of that name where it is installed so: a policy's fault is told by the innermost line that is
# not a library's, and must be told alike in every place.
GUEST = Path("/run", *(("site-packages",) if "site-packages" in GUEST_SOURCE.parts else ()), "guest")
"""Where a sandbox shows the policy's side of the wire."""
TEMPORARY = Path("/tmp")  # of the sandbox, where nobody else is
GIB = 1 << 30
HOUR_S = 3600
SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
"""Files without secrets that programs of the system need."""
DATA_ROOM = 2
"""Writable memory that a process may map, by its limit of memory in use: libraries map more than they use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a process in a sandbox sees, and what it may use.

    Attributes:
        interpreter: Its Python.
        folders: What else it may read.
        limits: What it may use.
    """

    interpreter: Interpreter
    folders: tuple[Path, ...]
    limits: Limits


def view_of(spec: PolicySpec) -> View:
    """Returns what a policy sees: its own files, its interpreter's, and its side of the wire."""
    found = own_interpreter() if spec.python in (None, sys.executable) else interpreter_at(spec.python)
    return View(interpreter=found, folders=tuple(map(Path, spec.search_path)), limits=spec.limits)


def bwrap_arguments(
    view: View,
    environment: Mapping[str, str],
    *,
    seccomp_fd: int | None,
    info_fd: int,
    uid: int | None,
) -> list[str]:
    """Returns what bubblewrap is told, all but the program.

    Args:
        view: What is shown.
        environment: All of the program's environment.
        seccomp_fd: Where the filter of system calls can be read; None for no filter.
        info_fd: Where bubblewrap tells the number of the process that all others in the sandbox descend from.
        uid: Of the administrator, to whom the kernel sets no limit of processes, the user to become; None for
            any other user, who gets a user namespace instead.
    """
    told = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    told += ["--new-session", "--die-with-parent", "--hostname", "policy", "--info-fd", str(info_fd)]
    if uid is None:
        told += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    else:
        told += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        told += ["--cap-add", "CAP_SETPCAP"]
    told += _system()
    limit = int(view.limits.tmp_gib * GIB)
    told += ["--proc", "/proc", "--dev", "/dev", *_memory_folder("/dev/shm", limit), "--remount-ro", "/dev"]
    told += _memory_folder(str(TEMPORARY), limit)
    told += _shown({**{path: path for path in (*view.interpreter.shown, *view.folders)}, GUEST_SOURCE: GUEST})
    for path in view.interpreter.hidden:
        told += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", "/dev/null", str(path)]
    told += ["--remount-ro", "/", "--chdir", str(TEMPORARY), "--clearenv"]
    for name, value in environment.items():
        told += ["--setenv", name, value]
    return told + ([] if seccomp_fd is None else ["--seccomp", str(seccomp_fd)])


def limited(program: Sequence[str], limits: Limits, uid: int | None) -> list[str]:
    """Returns a program as it is started inside: behind programs of the system that set the limits."""
    become = []
    if uid is not None:
        become = ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        become += ["--inh-caps=-all", "--bounding-set=-all"]
    wanted = {
        "nproc": (resource.RLIMIT_NPROC, limits.processes),
        "nofile": (resource.RLIMIT_NOFILE, limits.open_files),
        "fsize": (resource.RLIMIT_FSIZE, int(limits.tmp_gib * GIB)),
        "data": (resource.RLIMIT_DATA, int(limits.memory_gib * GIB * DATA_ROOM)),
        "cpu": (resource.RLIMIT_CPU, max(1, int(limits.processor_hours * HOUR_S))),
        "core": (resource.RLIMIT_CORE, 0),
        "memlock": (resource.RLIMIT_MEMLOCK, 1 << 16),
    }
    options = [f"--{name}={_allowed(kind, value)}" for name, (kind, value) in wanted.items()]
    return [*become, "/usr/bin/prlimit", *options, "--", *program]


def _allowed(kind: int, wanted: int) -> int:
    """Returns a limit, or the one that this process has itself where that is stricter."""
    _, most = resource.getrlimit(kind)
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


def _system() -> list[str]:
    told = ["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc"]
    for name in SYSTEM_LINKS:
        path = Path("/", name)
        if path.is_symlink():
            told += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            told += ["--ro-bind", str(path), str(path)]
    for file in SYSTEM_FILES:
        told += ["--ro-bind-try", file, file]
    return told


def _memory_folder(path: str, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _shown(paths: Mapping[Path, Path]) -> list[str]:
    """Returns the arguments that show paths read-only, each at another one or the same.

    The folders above are made first, for bubblewrap would let nobody but their owner through.
    """
    told: list[str] = []
    for folder in _above(paths.values()):
        told += ["--perms", "0755", "--dir", str(folder)]
    for source, place in paths.items():
        told += ["--ro-bind", str(source), str(place)]
    return told


def _above(paths: Iterable[Path]) -> list[Path]:
    """Returns the folders above paths, the outer before the inner, each once."""
    found = dict.fromkeys(parent for path in paths for parent in (*reversed(path.parents),))
    own = {Path("/"), TEMPORARY, Path("/usr"), Path("/dev"), Path("/proc")}
    return [path for path in found if path not in own]
