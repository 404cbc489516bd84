"""What differs between operating systems about processes, in one place."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ilbench.arithmetic import Arithmetic, arithmetic_environment
from ilbench.offspring import MARK

if sys.platform == "linux":
    import fcntl


def usable_cores() -> int:
    """Returns how many cores this process may use, at least 1: fewer than there are under a limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def how_ended(code: int) -> str:
    """Returns how a process came to its end, given its return code: its exit code, or what killed it."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


ALONE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
"""How foreign code runs: on one thread, and printing at once, for it may be ended at any moment."""
TEMPORARY_NAMES = ("TMPDIR", "TEMP", "TMP")


def sandbox_environment(settings: Mapping[str, str], temporary: str = "/tmp") -> dict[str, str]:
    """Returns the whole environment of a process in a sandbox: nothing is inherited.

    Args:
        settings: What it holds beside the usual.
        temporary: Its folder for temporary files, which is its home too.
    """
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "policy",
        "LOGNAME": "policy",
        "HOME": temporary,
        "PYTHONDONTWRITEBYTECODE": "1",
        **ALONE,
        **dict.fromkeys(TEMPORARY_NAMES, temporary),
        **settings,
    }


def child_environment(arithmetic: Arithmetic, mark: str, temporary: str, *hidden: str) -> dict[str, str]:
    """Returns the environment of a process that runs foreign code.

    Of ``PYTHONPATH`` it does not inherit the working folder, which an empty entry means, too: a file there
    would take the place of a module of the standard library.

    Args:
        arithmetic: How it computes.
        mark: Inherited by whatever it starts, see `ilbench.offspring`.
        temporary: Its folder for temporary files.
        *hidden: Folders that it does not inherit either.
    """
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    unwanted = {str(Path(folder).resolve()) for folder in (".", *hidden)}
    kept = [path for path in inherited if path and str(Path(path).resolve()) not in unwanted]
    return {
        **arithmetic_environment(arithmetic),
        **ALONE,
        "PYTHONPATH": os.pathsep.join(kept),
        **dict.fromkeys(TEMPORARY_NAMES, temporary),
        MARK: mark,
    }


FROM_OUTSIDE = frozenset(how_ended(-number) for number in (signal.SIGKILL, signal.SIGTERM))
"""Ends that a process seldom brings on itself: the kernel short of memory, a person, a batch system."""


_SEALS = 1 | 2 | 4
"""Linux's ``F_SEAL_SEAL``, ``F_SEAL_SHRINK``, ``F_SEAL_GROW``: the `fcntl` of other systems has none."""


def open_memory(size: int = 0) -> int:
    """Returns the descriptor of a file of zero bytes that processes can map together.

    It lives in memory where the system can (Linux); elsewhere it is a temporary file without a name, which
    the kernel keeps in its cache. Either is gone when its last descriptor and map are.

    Args:
        size: How large it is, for good (`fix_size`); 0 if that is said later.
    """
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("ilbench", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    if size:
        fix_size(fd, size)
    return fd


def fix_size(fd: int, size: int) -> None:
    """Gives a memory file its size for good, so that nobody who has it can cut it off under the others' maps.

    Only Linux can refuse such a cut. A file that has this size for good already is left as it is.

    Raises:
        OSError: The file was fixed at another size before, by whoever else has it.
    """
    can_seal = sys.platform == "linux" and hasattr(os, "memfd_create")
    if not can_seal or fcntl.fcntl(fd, fcntl.F_GET_SEALS) != _SEALS:
        os.ftruncate(fd, size)
        if can_seal:
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    if os.fstat(fd).st_size != size:
        raise OSError(f"the size of the memory was changed to {os.fstat(fd).st_size} bytes")
