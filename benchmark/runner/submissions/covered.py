"""Which files of a folder belong to a submission: all that its policy can find below it, and nothing else.

Hidden files count, and what a link leads to counts as if it lay there. Left out is what says nothing of a
submission, and what changes while it is scored: `LEFT_OUT`, virtual environments, folders without a file,
this tool's cache, and run folders.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ilbench.errors import ILBenchError, InvalidSubmissionError
from ilbench.home import cache_folder
from ilbench.plain_text import one_line
from ilbench.runs.folder import HEADER, is_vacant, load_header
from ilbench.runs.journal_file import JOURNAL, PACKED

LEFT_OUT = frozenset(
    {
        *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"),
        *(".git", ".hg", ".svn", ".bzr", ".jj", ".DS_Store"),
    }
)
"""Names of caches, of version control, and of what a desktop leaves behind."""
ENVIRONMENTS = frozenset({"pyvenv.cfg", "conda-meta"})
"""What tells a virtual environment from other folders."""
MAX_ENTRIES = 100_000
MAX_BYTES = 1 << 40
TOO_MUCH = (
    f"expected at most {MAX_ENTRIES} files and folders with {MAX_BYTES >> 30} GiB, found more; leave out "
    "what the policy does not need"
)

_Identity: TypeAlias = tuple[int, int]


class UncoveredFileError(InvalidSubmissionError):
    """A file that can be no part of a submission: unreadable, no file, or changed meanwhile."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{one_line(str(path))}: {problem}")


class CoveredFile(NamedTuple):
    """A file of a submission, or a link to a folder that the link itself lies in.

    Attributes:
        path: Where it lies.
        name: Its path in the folder, with slashes.
        circle: Where in the folder the link leads; None for a file.
    """

    path: Path
    name: str
    circle: str | None = None


def covered_files(root: Path) -> Iterator[CoveredFile]:
    """Yields the files below a folder that belong to a submission; a circle of links ends where it closes.

    Raises:
        UncoveredFileError: Something is neither file nor folder, a link leads nowhere, a folder cannot be
            read, or there is more than a submission can have.
    """
    cache = _identity(cache_folder().stat()) if cache_folder().is_dir() else None
    waiting = [(root, "", {_identity(_status(root)): "."})]
    num_entries = num_bytes = 0
    while waiting:
        folder, prefix, above = waiting.pop()
        for name in _names(folder, is_root=folder == root):
            path, inner = folder / name, prefix + name
            status = _status(path)
            identity = _identity(status)
            num_entries += 1
            num_bytes += status.st_size
            if num_entries > MAX_ENTRIES or num_bytes > MAX_BYTES:
                raise UncoveredFileError(root, TOO_MUCH)
            if stat.S_ISREG(status.st_mode):
                yield CoveredFile(path, inner)
            elif not stat.S_ISDIR(status.st_mode):
                raise UncoveredFileError(
                    path, "expected a file or a folder, found a pipe, a socket or a device"
                )
            elif identity in above:
                yield CoveredFile(path, inner, above[identity])
            elif identity != cache:
                waiting.append((path, f"{inner}/", {**above, identity: inner}))


def _names(folder: Path, *, is_root: bool) -> Collection[str]:
    """Returns the names in a folder that count: none if it is a virtual environment or a run folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # a Path a name would be made only to be thrown away
    except OSError as error:
        raise UncoveredFileError(folder, f"the folder cannot be read ({error.strerror})") from error
    if not is_root and (not ENVIRONMENTS.isdisjoint(names) or _is_run(folder, names)):
        return ()
    return [name for name in names if name not in LEFT_OUT]


def _is_run(folder: Path, names: Collection[str]) -> bool:
    """Returns whether a folder is one that a run was begun in, though it may have been killed at once."""
    if HEADER not in names:
        return bool(names) and is_vacant(folder)
    if JOURNAL in names or PACKED in names:
        return True
    try:
        load_header(folder)
    except (ILBenchError, OSError):
        return False
    return True


def open_at_once(path: str, flags: int) -> int:
    """Returns a file, opened without waiting: a pipe would wait for somebody to write to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _status(path: Path) -> os.stat_result:
    """Returns what the system says of a file, or of what a link leads to."""
    try:
        return path.stat()
    except OSError as error:
        problem = "the link leads nowhere" if path.is_symlink() else "it cannot be read"
        raise UncoveredFileError(path, f"{problem} ({error.strerror})") from error


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino
