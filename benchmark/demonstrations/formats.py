"""Other people's formats of demonstrations: how they come into the cache, and how ours go out.

A format is a value. A package adds its own through the entry-point group ``ilbench.formats``, whose value is
an import string of a `Format`, such as ``their_pkg.archive:FORMAT``.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from ilbench.contract.task import Task
from ilbench.demonstrations import store
from ilbench.demonstrations.generate import Progress
from ilbench.demonstrations.incoming import InvalidArchiveError, admitted
from ilbench.demonstrations.load import Demonstrations, load_demonstrations
from ilbench.demonstrations.recipe import Imported
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.digest import DIGEST_HEX
from ilbench.errors import ILBenchError, StorageError
from ilbench.plugins import by_name, load_plugins
from ilbench.reading import reading

ENTRY_POINTS = "ilbench.formats"
MAX_NAMED = 20
"""Skipped files that are noted by name."""

BLOCK_BYTES = 1 << 20


class ExportError(ILBenchError):
    """Demonstrations that a format cannot hold, or a place where they cannot be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSet:
    """The demonstrations of one task in an archive, before they are read.

    Attributes:
        task: The task of ours that they demonstrate.
        name: Under which they are stored, with a version: ``d3il-human-v1``.
        files: Where they are, in order.
        read: Returns the trajectories in one file, with ``context`` -1; an `ILBenchError` names file,
            field, found and expected.
        description: What they are, and what was assumed in reading them.
    """

    task: Task
    name: str
    files: tuple[Path, ...]
    read: Callable[[Path], Iterable[Trajectory]]
    description: str


Find: TypeAlias = Callable[[Path, str | None], Sequence[ForeignSet]]


class Write(Protocol):
    """Writes demonstrations to a file or folder that is not there yet; `ExportError` if they do not fit."""

    def __call__(self, demonstrations: Demonstrations, path: Path, progress: Progress | None = None) -> None:
        """Tells `progress` after each demonstration, as ``progress(done, total)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of demonstrations.

    Attributes:
        name: What the command line calls it.
        summary: Whose it is and what is imported, in one sentence.
        find: Returns what a path holds, given the path and the id of the one task that is wanted, or None
            for all; `InvalidArchiveError` where there is nothing. None where the format cannot be read.
        write: Writes demonstrations of ours, where the format can be written.
    """

    name: str
    summary: str
    find: Find | None = None
    write: Write | None = None


def load_formats() -> Mapping[str, Format]:
    """Returns the formats of all installed packages, by name."""
    return by_name(load_plugins(ENTRY_POINTS, Format), "format")


def find_sets(file_format: Format, path: Path, task_id: str | None = None) -> Sequence[ForeignSet]:
    """Returns what a path holds in a format, before it is imported.

    Args:
        file_format: The format.
        path: The file or folder.
        task_id: Only this task; None for all.

    Raises:
        InvalidArchiveError: There is nothing, or the format can only be written.
        CorruptFileError: It cannot be read, whatever its reader came upon.
        UnknownNameError: There is no such task.
    """
    if file_format.find is None:
        raise InvalidArchiveError(
            f"demonstrations can be written in format {file_format.name!r}, but not read from it"
        )
    with reading(path, f"demonstrations in format {file_format.name!r}"):
        return file_format.find(path, task_id)


def import_set(
    found: ForeignSet,
    format_name: str,
    *,
    skip_bad: bool = False,
    overwrite: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Demonstrations:
    """Returns the demonstrations of a set, after storing them as a Minari dataset.

    Args:
        found: What to import.
        format_name: Name of the format, for messages.
        skip_bad: Whether a file that cannot be read is left out, and noted, instead of ending the import.
        overwrite: Replace an import of the same name.
        cache: Folder instead of the default.
        progress: Called as ``progress(done, total)`` after each file.

    Raises:
        InvalidArchiveError: No demonstration is left, or there is an import already.
        ILBenchError: A file cannot be read, and `skip_bad` is not set.
        StorageError: The data set could not be written.
    """
    origin = Imported(name=found.name, format=format_name)
    folder = store.dataset_folder(found.task, origin, cache)
    if folder.exists() and not overwrite:
        raise InvalidArchiveError(f"{folder} exists; replace it with --overwrite")
    trajectories: list[Trajectory] = []
    skipped: list[str] = []
    num_clipped = 0
    hasher = hashlib.sha256()
    for done, file in enumerate(found.files, start=1):
        try:
            part, clipped = read_file(found, file)
        except ILBenchError as error:
            if not skip_bad:
                raise
            skipped.append(str(error))
        else:
            trajectories += part
            num_clipped += clipped
            _digest_file(hasher, file)
        if progress is not None:
            progress(done, len(found.files))
    if not trajectories:
        first = f"; the first: {skipped[0]}" if skipped else ""
        raise InvalidArchiveError(f"none of {len(found.files)} files of {found.task.id} can be read{first}")
    source: store.Source = {
        "format": format_name,
        "description": found.description,
        "digest": hasher.hexdigest()[:DIGEST_HEX],
        "num_files": len(found.files) - len(skipped),
        "num_skipped": len(skipped),
        "skipped": skipped[:MAX_NAMED],
        "num_clipped": num_clipped,
    }
    store.save(found.task, origin, trajectories, cache=cache, overwrite=overwrite, source=source)
    return load_demonstrations(found.task, source=found.name, cache=cache)


def already_imported(found: ForeignSet, cache: Path | None = None) -> Demonstrations | None:
    """Returns the import of these very files, or None where nothing of that name was imported.

    Raises:
        InvalidArchiveError: There is one of other files, or one that left some out.
        CorruptFileError: There is one, which cannot be read.
        StaleDemonstrationsError: There is one, for another state of the task.
    """
    folder = store.dataset_folder(found.task, Imported(name=found.name), cache)
    if not folder.exists():
        return None
    there = load_demonstrations(found.task, source=found.name, cache=cache)
    hasher = hashlib.sha256()
    for file in found.files:
        _digest_file(hasher, file)
    if there.metadata.get("source", {}).get("digest") != hasher.hexdigest()[:DIGEST_HEX]:
        raise InvalidArchiveError(f"{folder} was imported from other files; replace it with --overwrite")
    return there


def read_file(found: ForeignSet, file: Path) -> tuple[list[Trajectory], int]:
    """Returns the demonstrations in a file of a set, and at how many steps an action was clipped.

    Raises:
        ILBenchError: It cannot be read, or holds one that the task could not have shown.
    """
    with reading(file, f"demonstrations of {found.task.id}"):
        read = [
            admitted(found.task, trajectory, f"{file}, demonstration {number}")
            for number, trajectory in enumerate(found.read(file))
        ]
    return [trajectory for trajectory, _ in read], sum(clipped for _, clipped in read)


def export_set(
    demonstrations: Demonstrations,
    file_format: Format,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Writes demonstrations in a format of others and returns the path.

    It is written beside its place and then renamed: what ends early leaves nothing.

    Args:
        demonstrations: What to write.
        file_format: The format.
        path: The file, or the folder of a format that is one.
        overwrite: Replace what is there.
        progress: Called as ``progress(done, total)`` after each demonstration.

    Raises:
        ExportError: The format cannot be written or cannot hold them, or something is there already.
        StorageError: The disk refused.
    """
    if file_format.write is None:
        raise ExportError(
            f"demonstrations can be read from format {file_format.name!r}, but not written to it"
        )
    if path.exists() and not overwrite:
        raise ExportError(f"{path} exists; replace it with --overwrite")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as partial:
            new = Path(partial) / path.name
            file_format.write(demonstrations, new, progress)
            if path.is_dir():  # a file gives way in one step, a folder has to be moved aside first
                path.rename(Path(partial) / "old")
            new.replace(path)
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error}") from error
    return path


def _digest_file(hasher: hashlib._Hash, file: Path) -> None:
    """Feeds a file's name and content, which may be larger than the memory."""
    hasher.update(f"|{file.name}|".encode())
    with file.open("rb") as content:
        while block := content.read(BLOCK_BYTES):
            hasher.update(block)
