"""Standing: which ranks a row may have, and which rows it was not told apart from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.runs import RunLike, records_by_seed
from ilbench.runs.record import EpisodeRecord
from ilbench.scores.comparison.rank_groups import letters, rank_intervals
from ilbench.scores.comparison.ranking import Outcomes, find_better, gather_outcomes

if TYPE_CHECKING:
    from ilbench.leaderboard.board import Row


def with_standing(
    rows: Sequence[Row], runs_of: Callable[[Row], Sequence[RunLike]], tasks: Sequence[str]
) -> tuple[Row, ...]:
    """Returns the rows, those with a rank with the interval of it and with the letters of their groups.

    Alone, a row has neither: there is nothing to tell it apart from.

    Args:
        rows: The ranked rows in their order.
        runs_of: The runs of a row.
        tasks: The tasks of the mean.
    """
    placed = [row for row in rows if row.rank is not None]
    if len(placed) < 2:
        return tuple(rows)
    is_better = find_better([_outcomes(runs_of(row), tasks) for row in placed])
    standing = iter(zip(rank_intervals(is_better), letters(is_better), strict=True))
    found = []
    for row in rows:
        interval, group = next(standing) if row.rank is not None else (None, None)
        found.append(replace(row, rank_interval=interval, group=group))
    return tuple(found)


def _outcomes(runs: Sequence[RunLike], tasks: Sequence[str]) -> list[Outcomes]:
    by_task: dict[str, list[list[EpisodeRecord]]] = {task: [] for task in tasks}
    for run in records_by_seed(runs):
        parts: dict[str, list[EpisodeRecord]] = {}
        for record in run:
            if record.split == HEADLINE and record.task in by_task:
                parts.setdefault(record.task, []).append(record)
        for task, part in parts.items():
            by_task[task].append(part)
    return [gather_outcomes(by_task[task]) for task in tasks]
