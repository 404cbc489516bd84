"""Demonstrations that others recorded: formats that know how to read them, and their way into the cache.

A format is a value. A package adds its own through the entry-point group ``ilbench.formats``, whose value is
an import string of a `Format`, such as ``their_pkg.archive:FORMAT``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeAlias

from ilbench.demonstrations import store
from ilbench.demonstrations.generate import Progress
from ilbench.demonstrations.load import Demonstrations, load_demonstrations
from ilbench.demonstrations.recipe import Imported
from ilbench.digest import DIGEST_HEX
from ilbench.errors import ILBenchError
from ilbench.importing import load_object
from ilbench.task import Task
from ilbench.trajectory import Trajectory

ENTRY_POINTS = "ilbench.formats"
MAX_NAMED = 20
"""Skipped files that are noted by name."""


class InvalidArchiveError(ILBenchError):
    """An archive without demonstrations, or with one that cannot be read: names file, field and problem."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of demonstrations.

    Attributes:
        name: What the command line calls it.
        summary: Whose it is and what is imported, in one sentence.
        find: Returns what a path holds, given the path and the id of the one task that is wanted, or None
            for all; `InvalidArchiveError` where there is nothing.
    """

    name: str
    summary: str
    find: Find


def load_formats() -> Mapping[str, Format]:
    """Returns the formats of all installed packages, by name."""
    formats = [load_object(point.value) for point in entry_points(group=ENTRY_POINTS)]
    return {one.name: one for one in formats}


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
    hasher = hashlib.sha256()
    for done, file in enumerate(found.files, start=1):
        try:
            trajectories.extend(found.read(file))
        except ILBenchError as error:
            if not skip_bad:
                raise
            skipped.append(str(error))
        else:
            hasher.update(f"|{file.name}|".encode() + file.read_bytes())
        if progress is not None:
            progress(done, len(found.files))
    if not trajectories:
        first = f"; the first: {skipped[0]}" if skipped else ""
        raise InvalidArchiveError(f"none of {len(found.files)} files of {found.task.id} can be read{first}")
    source: dict[str, Any] = {
        "format": format_name,
        "description": found.description,
        "digest": hasher.hexdigest()[:DIGEST_HEX],
        "num_files": len(found.files) - len(skipped),
        "num_skipped": len(skipped),
        "skipped": skipped[:MAX_NAMED],
    }
    store.save(found.task, origin, trajectories, cache=cache, overwrite=overwrite, source=source)
    return load_demonstrations(found.task, source=found.name, cache=cache)
