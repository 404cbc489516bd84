"""The lock of a run folder: one process at a time plays into it.

The operating system holds the lock (``flock``) for as long as the process lives, so it is released by any
death; the file only says whose it is. It is deleted on release, and means nothing where a killed process left
it. On systems and disks without such locks a run goes on without one, and says so.
"""

from __future__ import annotations

import errno
import json
import os
import shlex
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system that has no such locks
    fcntl = None  # type: ignore[assignment]

from ilbench.errors import ILBenchWarning, RunFolderError, StorageError
from ilbench.plain_text import one_line

LOCK = ".lock"
"""Name of the file, in the run folder."""

_HELD = (errno.EWOULDBLOCK, errno.EACCES)
_CANNOT_LOCK = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)
_OWNER = ("pid", "host", "since", "command")
_OWNER_BYTES = 4096
_TRIES = 100


class RunInUseError(RunFolderError):
    """A run folder into which another process is playing."""


class UnlockedRunWarning(ILBenchWarning):
    """A run folder that cannot be locked: nothing keeps a second process from it."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, which is made if there is none, and removed if it is left empty.

    Raises:
        RunInUseError: Another process holds it.
        StorageError: The folder cannot be written to.

    Warns:
        UnlockedRunWarning: The system has no locks.
    """
    is_new = not folder.exists()
    file = _acquire(folder)
    try:
        yield
    finally:
        with suppress(OSError):
            if _is_at(folder / LOCK, file):  # not that of whoever has the folder now, if ours was moved away
                (folder / LOCK).unlink()
        os.close(file)
        if is_new:
            with suppress(OSError):
                folder.rmdir()


def _acquire(folder: Path) -> int:
    """Returns the descriptor of the lock's file, locked; whoever held it may have deleted it meanwhile."""
    for _ in range(_TRIES):
        file = _open(folder)
        try:
            _lock(folder, file)
        except BaseException:
            os.close(file)
            raise
        if _is_at(folder / LOCK, file):
            _say_whose(file)
            return file
        os.close(file)
    raise StorageError(f"{folder / LOCK} goes as soon as it is made; choose another folder with --out")


def _open(folder: Path) -> int:
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise StorageError(
            f"{error.filename or path}: cannot be written ({error.strerror}); make room, or choose another "
            "folder with --out"
        ) from error


def _lock(folder: Path, file: int) -> None:
    if fcntl is None:
        _warn(folder, "this system has no locks")
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise RunInUseError(
                f"{folder} is being played into by {_owner(file)}; wait for it or stop it (the same command "
                "then resumes), or choose another folder with --out"
            ) from error
        if error.errno not in _CANNOT_LOCK:
            raise StorageError(f"{folder / LOCK}: cannot be locked ({error.strerror})") from error
        _warn(folder, error.strerror or "for no reason that it says")


def _warn(folder: Path, why: str) -> None:
    warnings.warn(
        f"{folder} cannot be locked ({why}): start no second process in it",
        UnlockedRunWarning,
        stacklevel=6,
    )


def _is_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _say_whose(file: int) -> None:
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(sys.argv),
    }
    with suppress(OSError):  # a full disk: the lock is held all the same
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(owner).encode()[:_OWNER_BYTES], 0)


def _owner(file: int) -> str:
    """Returns who holds the lock, as far as the file says."""
    try:
        owner = json.loads(os.pread(file, _OWNER_BYTES, 0))
    except (OSError, ValueError):
        owner = None
    if not isinstance(owner, Mapping):
        return "another process"
    pid, host, since, command = (one_line(str(owner.get(name)), 200) for name in _OWNER)
    return f"process {pid} on {host} since {since} ({command})"
