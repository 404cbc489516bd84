"""What in a run's records cannot be, beyond what its digests and seeds show when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from ilbench.contract.task import Task
from ilbench.runs.folder import Run
from ilbench.runs.plan import num_planned
from ilbench.scores.possible import why_impossible

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
    return (*_some(_missing(run)), *_some(_impossible(run, tasks)))


def _missing(run: Run) -> Iterator[str]:
    if not run.complete:
        total = num_planned(run.header.plan)
        yield f"{total - len(run.records)} of {total} planned episodes have no record"
    have = {record.id for record in run.records}
    yield from (f"{episode} has no record" for episode in run.missing if episode not in have)


def _impossible(run: Run, tasks: Mapping[str, Task]) -> Iterator[str]:
    for record in run.records:
        for field, found, expected in why_impossible(record, tasks[record.task]):
            yield f"{record.id}: field {field!r}: found {found!r}, expected {expected}"


def _some(problems: Iterator[str]) -> list[str]:
    found = list(islice(problems, NAMED))
    more = sum(1 for _ in problems)
    return found + [f"{more} more of this kind"] * bool(more)
