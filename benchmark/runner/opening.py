"""Which folder a run goes to: the one that it resumes, a fresh one, or one that it replaces."""

from __future__ import annotations

import shutil
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ilbench.contract.task import Task
from ilbench.errors import ILBenchWarning, RunFolderError
from ilbench.plain_text import file_name, printable_lines
from ilbench.runner.evaluation import open_run
from ilbench.runner.submission import Submission
from ilbench.runs.folder import HEADER, JOURNAL, Run, RunHeader, load_header
from ilbench.runs.submitted import FILES

TRACEBACK = "traceback.txt"
"""File beside the journal: where the error arose that stopped a run."""
TRACEBACK_CHARACTERS = 1_000_000
"""Bound of that file: the message of an error has none of its own."""


class ReplacedRunWarning(ILBenchWarning):
    """A run folder whose content was replaced, as `overwrite` asked for."""


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
    """
    for number in count(1):
        folder = base if number == 1 else base.with_name(f"{base.name}-{number}")
        if not folder.exists() or not any(folder.iterdir()):
            return folder
        if (folder / HEADER).is_file() and (
            header.continues(load_header(folder)) or not _has_episodes(folder)
        ):
            return folder
    raise AssertionError("counting ends never")


@contextmanager
def opening(
    folder: Path, header: RunHeader, *, files: Mapping[str, str] | None = None, overwrite: bool = False
) -> Iterator[Run]:
    """Yields the run in `folder`: the one begun there earlier, or a new one.

    A run without an episode gives way to any other. With `overwrite` so does one with episodes, if it is of a
    submission of the same name: it is set aside, and deleted once the new run has an episode. A new run that
    fails before its first episode leaves the old one where it was. An error that stops the run is kept, with
    its traceback, in the file `TRACEBACK` of the folder.

    Raises:
        RunFolderError: The folder holds another run, or something else.

    Warns:
        ReplacedRunWarning: A run was replaced.
    """
    aside = _set_aside(folder, header, overwrite) if (folder / HEADER).is_file() else None
    try:
        run = open_run(folder, header, files)
        (folder / TRACEBACK).unlink(missing_ok=True)
        with _kept_traceback(folder):
            yield run
    finally:
        if aside is not None:
            _settle(folder, aside)


def _set_aside(folder: Path, header: RunHeader, overwrite: bool) -> Path | None:
    """Makes way for a run that is not the one in `folder`; returns where that one was moved to, if it was."""
    found = load_header(folder)
    if header.continues(found):
        return None
    if not _has_episodes(folder):
        for name in (HEADER, JOURNAL, TRACEBACK, FILES):
            (folder / name).unlink(missing_ok=True)
        return None
    if not overwrite:
        return None
    if found.submission.name != header.submission.name:
        raise RunFolderError(
            f"{folder} holds a run of {found.submission.name!r}, not of {header.submission.name!r}; only a "
            "run of the same name is replaced: choose another folder with --out, nothing was changed"
        )
    aside = folder.with_name(f"{folder.name}.replaced-{found.identity()[:8]}")
    return folder.rename(aside)


def _settle(folder: Path, aside: Path) -> None:
    """Deletes the run set aside if the new one has an episode, else puts it back."""
    if not _has_episodes(folder):
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
        return
    old = load_header(aside)
    shutil.rmtree(aside)
    warnings.warn(
        f"replaced in {folder}: the run of {old.submission.name!r} {old.submission.digest[:8]}, preset "
        f"{old.preset}, begun {old.created}",
        ReplacedRunWarning,
        stacklevel=4,
    )


def _has_episodes(folder: Path) -> bool:
    journal = folder / JOURNAL
    return journal.is_file() and b"\n" in journal.read_bytes()


@contextmanager
def _kept_traceback(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        file = folder / TRACEBACK
        text = printable_lines("".join(traceback.format_exception(error)))[:TRACEBACK_CHARACTERS]
        file.write_text(text, encoding="utf-8")
        error.add_note(f"traceback: {file}")
        raise
