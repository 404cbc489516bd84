"""Gathering: the runs in whatever a caller points at, and what was found that cannot be shown."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError, EmptyScoreError, ILBenchError, RunFolderError, UnknownNameError
from ilbench.plain_text import one_line
from ilbench.runs.folder import HEADER, Run, load_run
from ilbench.runs.given import AnyRun
from ilbench.runs.journal_file import JOURNAL, PACKED
from ilbench.runs.known import known_tasks
from ilbench.scores.possible import check_possible

Given: TypeAlias = AnyRun | Sequence[AnyRun | Sequence[AnyRun]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found.

    Attributes:
        runs: The runs that can be scored, each folder once.
        problems: What is wrong with each of the others, by its folder.
    """

    runs: tuple[Run, ...]
    problems: Mapping[Path, ILBenchError]

    def skipped(self) -> Iterator[str]:
        """Yields a line on each folder that was skipped."""
        for path, problem in self.problems.items():
            yield f"Skipped {one_line(str(path), 200)}: {one_line(str(problem))}"


def gather(given: Given, undeclared: Iterable[Task | str] = ()) -> tuple[Gathered, Mapping[str, Task]]:
    """Returns the runs in run folders, folders of such at any depth, and values of runs; and their tasks.

    Files and folders that hold no run are passed over: a README, figures. A run that cannot be read or scored
    is a problem of its own, and none of the others'.

    Args:
        given: Runs, paths, and sequences of these.
        undeclared: See `ilbench.runs.known.known_tasks`.

    Raises:
        RunFolderError: A path does not exist, nothing that was given holds a run, or two runs declare a task
            otherwise.
        CorruptFileError: There is one run, or several, and none can be read, or be of its tasks.
        UnknownNameError: The tasks of no run are known.
    """
    found = _read(given)
    registry = known_tasks(found.runs, undeclared)
    runs, problems = [], dict(found.problems)
    for run in found.runs:
        try:
            check_possible(run, {task: registry[task] for task in run.header.tasks})
            runs.append(run)
        except (UnknownNameError, CorruptFileError) as error:
            problems[run.path] = error
    if not runs:
        raise next(iter(problems.values()))
    return Gathered(runs=tuple(runs), problems=problems), registry


def _read(given: Given) -> Gathered:
    found: dict[Path, Run] = {}
    problems: dict[Path, ILBenchError] = {}
    in_memory: list[Run] = []
    paths: list[Path] = []
    for one in _flat(given):
        if isinstance(one, Run):
            in_memory.append(one)
            continue
        paths.append(Path(one))
        for folder in run_folders(paths[-1]):
            try:
                found[folder] = found.get(folder) or load_run(folder)
            except (CorruptFileError, RunFolderError) as error:
                problems[folder] = error
    runs = (*in_memory, *found.values())
    if not runs:
        raise next(iter(problems.values()), _nothing(paths))
    gc.freeze()  # records stay until they are scored: the garbage collector need not walk them meanwhile
    return Gathered(runs=runs, problems=problems)


def _flat(given: Given) -> Iterator[AnyRun]:
    if isinstance(given, Run | str | Path):
        yield given
    else:
        for one in given:
            yield from _flat(one)


def run_folders(path: Path) -> list[Path]:
    """Returns what is, or looks like, a run folder at or below a path, but for hidden ones.

    Raises:
        RunFolderError: The path does not exist.
    """
    if not path.exists():
        raise RunFolderError(f"{path} does not exist; name a run folder, or a folder that holds some")
    if (path / HEADER).is_file() or not path.is_dir():
        return [path] if path.is_dir() else []
    below = {file.parent for name in (HEADER, JOURNAL, PACKED) for file in path.rglob(name)}
    return sorted(
        one for one in below if not any(part.startswith(".") for part in one.relative_to(path).parts)
    )


def _nothing(paths: Sequence[Path]) -> ILBenchError:
    if not paths:
        return EmptyScoreError("no leaderboard of no runs; give at least one run folder")
    return RunFolderError(f"{paths[0]} holds no run: there is no {HEADER} in it; make one with 'ilbench run'")
