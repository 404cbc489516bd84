"""Which folder a run goes to: the one that it resumes, a fresh one, or one that it replaces."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from ilbench.contract.task import Task
from ilbench.errors import ILBenchWarning, RunFolderError, StorageError
from ilbench.plain_text import file_name, printable_lines
from ilbench.runner.evaluation import open_run
from ilbench.runner.replay import VIDEOS
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.attempts import ATTEMPTS
from ilbench.runs.folder import HEADER, JOURNAL, REPLACED, Run, RunHeader, is_vacant, load_header
from ilbench.runs.journal_file import MAX_LINE_BYTES, PACKED
from ilbench.runs.lock import LOCK, locked
from ilbench.runs.submitted import FILES
from ilbench.storage import remove, remove_unfinished, sync_folder, unfinished

TRACEBACK = "traceback.txt"
"""File beside the journal: where the error arose that stopped a run."""
TRACEBACK_CHARACTERS = 1_000_000
"""Bound of that file: the message of an error has none of its own."""


class ReplacedRunWarning(ILBenchWarning):
    """A run folder whose content was replaced, as `overwrite` asked for."""


class OtherVersionsWarning(ILBenchWarning):
    """A run that was begun with other versions of packages, and is not gone on with."""


def folder_name(submission: Submission, tasks: Sequence[Task], preset: str) -> str:
    """Returns the name of a run's folder: submission, tasks, preset, and training seed where it has one."""
    suites = {task.suite for task in tasks}
    what = tasks[0].id if len(tasks) == 1 else "-".join(sorted(suites)) + f"-{len(tasks)}-tasks"
    seed = submission.info.training_seed
    parts = [submission.info.name, what, preset, *([] if seed is None else [f"seed-{seed}"])]
    return file_name("-".join(parts))


def free_folder(base: Path, header: RunHeader) -> Path:
    """Returns `base`, or the first of ``base-2``, ``base-3`` … that is free for a run.

    Free is a folder that does not exist, holds this very run, begun earlier, or a run without an episode.

    Warns:
        OtherVersionsWarning: This very run was begun with other versions of packages, and begins anew.
    """
    for number in count(1):
        folder = base if number == 1 else base.with_name(f"{base.name}-{number}")
        if is_vacant(folder):
            return folder
        if not (folder / HEADER).is_file():
            continue
        found = load_header(folder, header)
        if header.continues(found) or not _has_episodes(folder):
            return folder
        if found.identity() == header.identity() and (changes := "; ".join(header.drift(found))):
            warnings.warn(
                f"{folder} was begun with {changes}: the run begins anew in another folder",
                OtherVersionsWarning,
                stacklevel=3,
            )
    raise AssertionError("counting ends never")


@contextmanager
def opening(
    folder: Path, header: RunHeader, *, files: Mapping[str, str] | None = None, overwrite: bool = False
) -> Iterator[Run]:
    """Yields the run in `folder`: the one begun there earlier, or a new one; nobody else plays into it.

    A run without an episode gives way to any other. With `overwrite` so does one with episodes, if it is of a
    submission of the same name: it is set aside, and deleted once the new run has an episode. A new run that
    fails before its first episode leaves the old one where it was; what a process leaves that is killed
    meanwhile, the next one puts in order. An error that stops the run is kept, with its traceback, in the
    file `TRACEBACK` of the folder.

    Raises:
        RunInUseError: Another process plays into it.
        RunFolderError: The folder holds another run, or something else.
        StorageError: The disk refused.

    Warns:
        ReplacedRunWarning: A run was replaced.
    """
    with locked(folder):
        _tidy(folder)
        if (folder / HEADER).is_file():
            _make_way(folder, header, overwrite)
        try:
            run = open_run(folder, header, files)
            remove(folder / TRACEBACK)
            with _kept_traceback(folder):
                yield run
        finally:
            _settle(folder)


def _tidy(folder: Path) -> None:
    """Puts in order what a process left that was killed."""
    for place in (folder, folder / VIDEOS):
        if place.is_dir():
            remove_unfinished(place)
    _settle(folder)


def _make_way(folder: Path, header: RunHeader, overwrite: bool) -> None:
    """Makes way for a run that is not the one in `folder`."""
    found = load_header(folder, header)
    if header.continues(found):
        return
    if not _has_episodes(folder):
        for name in (JOURNAL, ATTEMPTS, TRACEBACK, FILES, HEADER):
            remove(folder / name)
        return
    if not overwrite:
        return
    if found.submission.name != header.submission.name:
        raise RunFolderError(
            f"{folder} holds a run of {found.submission.name!r}, not of {header.submission.name!r}; only a "
            "run of the same name is replaced: choose another folder with --out, nothing was changed"
        )
    _move(folder, folder / REPLACED)


def _settle(folder: Path) -> None:
    """Deletes the run set aside if the new one has an episode, else puts it back.

    A process may be killed at any step of this and of setting aside, and the next one goes on from there.
    The header is moved last when a run is set aside and first when it is put back, so that while it is aside,
    all of the old run is.
    """
    aside = folder / REPLACED
    if not aside.is_dir():
        return
    if not (aside / HEADER).is_file():
        _move(aside, folder)
        remove(aside)
    elif _has_episodes(folder):
        old = load_header(aside)
        leaving = aside.rename(unfinished(aside))
        _warn_of_replacement(folder, old)
        remove(leaving)
    else:
        for path in _content(folder):
            remove(path)
        _move(aside, folder)
        remove(aside)


def _move(source: Path, target: Path) -> None:
    """Moves what makes up a run: into the folder of the replaced run, or out of it."""
    is_aside = target.name == REPLACED
    try:
        target.mkdir(exist_ok=True)
        for path in sorted(_content(source), key=lambda path: (path.name == HEADER) is is_aside):
            path.rename(target / path.name)
            sync_folder(target)
    except OSError as error:
        raise StorageError(f"{source}: cannot be moved to {target} ({error.strerror})") from error


def _content(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name not in (LOCK, REPLACED)]


def _warn_of_replacement(folder: Path, old: RunHeader) -> None:
    warnings.warn(
        f"replaced in {folder}: the run of {old.submission.name!r} {old.submission.digest[:8]}, preset "
        f"{old.preset}, begun {old.created}",
        ReplacedRunWarning,
        stacklevel=5,
    )


def _has_episodes(folder: Path) -> bool:
    if (folder / PACKED).exists():  # of a bundle, which makes way for nothing
        return True
    journal = folder / JOURNAL
    if not journal.is_file():
        return False
    with journal.open("rb") as file:
        return file.readline(MAX_LINE_BYTES).endswith(b"\n")


@contextmanager
def _kept_traceback(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        file = folder / TRACEBACK
        text = printable_lines("".join(traceback.format_exception(error)))[:TRACEBACK_CHARACTERS]
        with suppress(OSError):  # a full disk, a folder that is gone: the first error says more
            file.write_text(text, encoding="utf-8")
            error.add_note(f"traceback: {file}")
        raise
