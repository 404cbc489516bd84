"""Runs as a caller may give them: values, paths of their folders, folders of several, sequences of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from ilbench.errors import RunFolderError
from ilbench.runs.folder import Run, load_run, load_runs

AnyRun: TypeAlias = Run | str | Path
"""A run, or the path of its folder."""


def given_run(run: AnyRun) -> Run:
    """Returns one run."""
    return run if isinstance(run, Run) else load_run(run)


def given_runs(runs: AnyRun | Sequence[AnyRun | Sequence[AnyRun]]) -> Iterator[Run]:
    """Yields every run meant; a path may be a folder that holds several."""
    if isinstance(runs, Run):
        yield runs
    elif isinstance(runs, str | Path):
        yield from load_runs(runs)
    else:
        for one in runs:
            yield from given_runs(one)


def runs_of_one(runs: AnyRun | Sequence[AnyRun]) -> list[Run]:
    """Returns the runs of one submission, such as those of its training seeds.

    Raises:
        RunFolderError: There is no run, or there are runs of several submissions.
    """
    found = list(given_runs(runs))
    names = sorted({run.header.submission.name for run in found})
    if len(names) != 1:
        raise RunFolderError(
            f"expected runs of one submission, found runs of {len(names)}: {', '.join(names) or 'none'}"
        )
    return found
