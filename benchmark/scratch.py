"""Scratch: folders of a process's own, which are gone when it is, however it ended."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ilbench.errors import StorageError
from ilbench.home import HOME_VARIABLE, cache_folder

SCRATCH = "scratch"
MAX_SCRATCH = 1000
"""Folders in use at the same time, at most."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yields an empty folder below the cache that nobody else uses; it is removed at the end.

    Folders are numbered, and the least number that is free is taken: a run and its resume see the same path,
    and so do the messages of errors that name it. A lock on a file beside a folder says that it is in use; it
    ends with the process that holds it, however that ends, and what a killed process left is removed by the
    next that asks for a folder.

    Raises:
        StorageError: The cache takes no files, or no locks.
    """
    root = cache_folder() / SCRATCH
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder, lock = _take(root)
        folder.mkdir()
    except OSError as error:
        raise StorageError(
            f"{root}: no folder can be made there ({error.strerror}); point {HOME_VARIABLE} to a folder that "
            "can be written"
        ) from error
    with lock:
        try:
            yield folder
        finally:
            _remove(folder)


def _take(root: Path) -> tuple[Path, IO[bytes]]:
    """Returns the first free folder with its lock; all free ones are cleared on the way."""
    taken = None
    for number in range(MAX_SCRATCH):
        file, folder = root / f"{number}.lock", root / str(number)
        if taken is not None and not file.exists():
            return taken
        lock = _locked(file)
        if lock is None:
            continue
        _remove(folder)
        if taken is None and not folder.exists():
            taken = folder, lock
        else:
            lock.close()
    if taken is None:
        raise OSError(errno.EMFILE, f"all {MAX_SCRATCH} are in use")
    return taken


def _locked(file: Path) -> IO[bytes] | None:
    """Returns a file, open and locked; None where another process has it, or another user."""
    try:
        lock = file.open("ab")
    except PermissionError:
        if not os.access(file.parent, os.W_OK):
            raise
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    except OSError:
        lock.close()
        raise
    return lock


def _remove(folder: Path) -> None:
    """Removes a folder, also one that was made read-only, as far as the system lets it."""
    for path, folders, _ in os.walk(folder):
        for name in ("", *folders):
            inner = Path(path, name)
            if not inner.is_symlink():
                with suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
