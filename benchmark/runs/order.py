"""The records of a journal in the order of the plan: each of a planned episode, and each episode once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ilbench.errors import CorruptFileError
from ilbench.runs.identity import EpisodeId
from ilbench.runs.plan import Block, expand, num_planned
from ilbench.runs.record import EpisodeRecord


class InOrder(NamedTuple):
    """The records of a journal.

    Attributes:
        records: One an episode, in plan order.
        replaced: Those of ``env_error``s that a later record replaced, in file order.
        is_sealed: Whether the journal's lines are just `records`.
    """

    records: tuple[EpisodeRecord, ...]
    replaced: tuple[EpisodeRecord, ...]
    is_sealed: bool


def in_plan_order(journal: Path, plan: Iterable[Block], records: Iterable[EpisodeRecord]) -> InOrder:
    """Returns one record an episode, in plan order; a later record replaces an ``env_error``.

    A record that stands there twice, times aside, counts once: two processes may have played its episode.

    Args:
        journal: The file, for messages.
        plan: Of the run.
        records: The journal's, in file order.

    Raises:
        CorruptFileError: A record belongs to no planned episode, or an episode has two that differ.
    """
    plan, records = tuple(plan), tuple(records)
    if _is_whole(plan, records):
        return InOrder(records, (), is_sealed=True)
    order = {episode: index for index, episode in enumerate(expand(plan))}
    latest: dict[EpisodeId, tuple[int, EpisodeRecord]] = {}
    replaced: list[EpisodeRecord] = []
    for line, record in enumerate(records, start=1):
        if record.id not in order:
            raise CorruptFileError(journal, f"episode {record.id} is not in the run's plan", line=line)
        number, before = latest.get(record.id, (line, None))
        if before is None or before.status == "env_error":
            replaced += [] if before is None else [before]
            latest[record.id] = line, record
        elif before.digest() != record.digest():
            raise CorruptFileError(
                journal,
                f"episode {record.id} is recorded a second time, otherwise than in line {number}",
                line=line,
            )
    found = sorted((record for _, record in latest.values()), key=lambda record: order[record.id])
    return InOrder(tuple(found), tuple(replaced), is_sealed=False)


def _is_whole(plan: Sequence[Block], records: Sequence[EpisodeRecord]) -> bool:
    """Returns whether the records are those of the plan, each once and in its order: a sealed run."""
    if len(records) != num_planned(plan) or len({(b.task, b.split) for b in plan}) < len(plan):
        return False
    rest = iter(records)
    return all(
        (record.task, record.split, record.context, record.repeat)
        == (block.task, block.split, context, repeat)
        for block in plan
        for context in range(block.num_contexts)
        for repeat in range(block.num_repeats)
        for record in (next(rest),)
    )
