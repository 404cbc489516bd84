"""Snapshots: a folder, copied while its content is hashed, so that what is loaded is what was hashed.

Which files that are is said by `ilbench.runner.submissions.covered`. A file elsewhere, that a policy opens
by its absolute path or relative to the working directory, is not covered: neither copied nor in the digest.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedRandom, FileIO
from pathlib import Path
from typing import NamedTuple

from ilbench.errors import ILBenchWarning, StorageError
from ilbench.home import HOME_VARIABLE
from ilbench.runner.submissions.covered import LEFT_OUT, UncoveredFileError, covered_files, open_at_once
from ilbench.runs.submitted import differences, files_digest
from ilbench.scratch import scratch_folder

BLOCK = 1 << 20
FICLONE = 0x40049409
"""Of Linux: makes a copy of a file that shares its blocks."""
CHANGED = "it changed while it was copied; start again when nothing writes to it"
_ZEROS = bytes(BLOCK)


class OwnFolderChangedWarning(ILBenchWarning):
    """A policy that wrote into its own folder while it played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A copy of a folder.

    Attributes:
        folder: The copy; read-only, as far as the system can.
        files: What each file is, by its path with slashes: ``file:`` or, where it can be executed,
            ``program:``, and the SHA-256 of its content; ``link:`` and the path of the folder above it that a
            link leads to.
    """

    folder: Path
    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest of all files, wherever the folder lies."""
        return files_digest(self.files)


@contextmanager
def snapshot_of(folder: Path) -> Iterator[Snapshot]:
    """Yields a snapshot of a folder, which is removed at the end.

    All workers load from one snapshot. It cannot be written, except by the system's administrator: else
    episodes could leave each other messages in it, and a resumed run would lack what was written. A policy
    that needs to write has a temporary folder.

    Raises:
        UncoveredFileError: See `take_snapshot`.
        StorageError: There is no room for the copy.

    Warns:
        OwnFolderChangedWarning: The policy wrote into it all the same.
    """
    with scratch_folder() as scratch:
        snapshot = take_snapshot(folder, scratch / (folder.resolve().name or "root"))
        before = _state(snapshot.folder)
        try:
            yield snapshot
        finally:
            changed = differences(before, _state(snapshot.folder))
            if changed:
                warnings.warn(
                    "the policy wrote into its own folder while it played, by which its episodes could "
                    f"influence one another: {changed}",
                    OwnFolderChangedWarning,
                    stacklevel=4,
                )


def take_snapshot(source: Path, target: Path) -> Snapshot:
    """Returns a snapshot of a folder, copied to `target`, which does not exist yet.

    Files are read once and in blocks, and what is empty in them stays so: a copy takes no memory, and no more
    of the disk than its source. It is of one moment: no file changed from when it was read until all were.

    Args:
        source: The folder.
        target: Where the copy goes.

    Raises:
        UncoveredFileError: A file cannot be read or changed meanwhile, or see `covered_files`.
        StorageError: There is no room for the copy.
    """
    files: dict[str, str] = {}
    marks: dict[Path, _Mark] = {}
    with _storing(target):
        target.mkdir(parents=True)
        for found in covered_files(source):
            copy = target / found.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if found.circle is None:
                files[found.name], marks[found.path] = _copy(found.path, copy)
            else:
                files[found.name] = f"link:{found.circle}"
                copy.symlink_to(os.path.relpath(target / found.circle, copy.parent))
        for path, mark in marks.items():
            with _reading(path):
                _check_unchanged(path, mark, path.stat())
        for folder, _, _ in os.walk(target):
            Path(folder).chmod(0o555)
    return Snapshot(folder=target, files=files)


class _Mark(NamedTuple):
    """What shows that a file was changed, or that another took its place."""

    device: int
    number: int
    size: int
    changed_ns: int
    mode: int


def _mark(status: os.stat_result) -> _Mark:
    return _Mark(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)


def _copy(path: Path, copy: Path) -> tuple[str, _Mark]:
    """Returns what a file is, and its mark, after copying it."""
    with _reading(path):
        source = FileIO(path, opener=open_at_once)
    with source, copy.open("x+b") as target:
        mark = _mark(os.fstat(source.fileno()))
        digest = _copy_content(path, source, target, mark.size)
        _check_unchanged(path, mark, os.fstat(source.fileno()))
        is_program = bool(mark.mode & stat.S_IXUSR)
        os.fchmod(target.fileno(), 0o555 if is_program else 0o444)
    return f"{'program' if is_program else 'file'}:{digest}", mark


def _copy_content(path: Path, source: FileIO, target: BufferedRandom, size: int) -> str:
    """Returns the SHA-256 of the copy, which gets the size that the file had when it was opened."""
    hasher = hashlib.sha256()
    shared = _share_blocks(source, target)
    for block in _blocks(path, target if shared else source, size):
        hasher.update(block)
        if shared:
            continue
        if block == _ZEROS:
            target.seek(BLOCK, os.SEEK_CUR)
        else:
            target.write(block)
    target.truncate(size)
    return hasher.hexdigest()


def _share_blocks(source: FileIO, target: BufferedRandom) -> bool:
    """Returns whether the system made a copy that takes no room until one of the two is changed."""
    try:
        fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
    except OSError:  # another file system, or one that cannot
        return False
    return True


def _blocks(path: Path, file: FileIO | BufferedRandom, size: int) -> Iterator[bytearray]:
    """Yields the content of a file, of which it is known how much there is."""
    block = bytearray(BLOCK)
    left = size
    while True:
        with _reading(path):
            count = file.readinto(block)
        left -= count
        if left < 0 or (not count and left):
            raise UncoveredFileError(path, CHANGED)
        if not count:
            return
        yield block if count == BLOCK else block[:count]


def _check_unchanged(path: Path, mark: _Mark, status: os.stat_result) -> None:
    if _mark(status) != mark:
        raise UncoveredFileError(path, CHANGED)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UncoveredFileError(path, f"it cannot be read ({error.strerror})") from error


@contextmanager
def _storing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{target}: the submission cannot be copied there ({error.strerror}); point {HOME_VARIABLE} to a "
            "folder with room"
        ) from error


def _state(folder: Path) -> dict[str, tuple[int, ...]]:
    """Returns what changes where a file below a folder is written, by its path; caches aside.

    Of a file that is the time of its last change of status, which nobody can set back.
    """
    found = {}
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in (*files, *folders):
            with suppress(FileNotFoundError):
                status = Path(path, name).lstat()
                written = (status.st_size, status.st_ctime_ns) if stat.S_ISREG(status.st_mode) else ()
                found[os.path.relpath(Path(path, name), folder)] = (status.st_mode, *written)
    return found
