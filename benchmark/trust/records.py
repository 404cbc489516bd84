"""What in a run's records cannot be, beyond what its digests and seeds show when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError
from ilbench.runs.folder import Run
from ilbench.runs.plan import num_planned
from ilbench.runs.record import EpisodeRecord
from ilbench.scores.possible import check_possible

NAMED = 5
"""Problems of one kind that are named; the others are counted."""


def find_problems(run: Run, tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Returns what is wrong with the records of a run, a line each; none where nothing is.

    A run that was read has records that hold their digests, of planned episodes, each once, with the seeds of
    their episodes. Here it is asked whether every planned one is there and whether each can have ended so.

    Args:
        run: The run.
        tasks: Its tasks, by id.
    """
    problems = [*_some(_missing(run)), *_some(_impossible(run, tasks))]
    try:
        check_possible(run, tasks)
    except CorruptFileError as error:
        problems.append(str(error))
    return tuple(problems)


def _missing(run: Run) -> Iterator[str]:
    if not run.complete:
        total = num_planned(run.header.plan)
        yield f"{total - len(run.records)} of {total} planned episodes have no record"
    have = {record.id for record in run.records}
    yield from (f"{episode} has no record" for episode in run.missing if episode not in have)


def _impossible(run: Run, tasks: Mapping[str, Task]) -> Iterator[str]:
    for record in run.records:
        problem = _end(record, tasks[record.task])
        if problem:
            yield f"{record.id}: {problem}"


def _end(record: EpisodeRecord, task: Task) -> str:
    """Returns why an episode cannot have ended as its record says; empty where it can."""
    if record.truncated and record.length < task.horizon:
        return f"truncated after {record.length} steps, and the horizon is {task.horizon}"
    if record.success and task.stops_on_success and not record.terminated:
        return "a success ends an episode of this task, and this one was not terminated"
    return ""


def _some(problems: Iterator[str]) -> list[str]:
    found = list(islice(problems, NAMED))
    more = sum(1 for _ in problems)
    return found + [f"{more} more of this kind"] * bool(more)
