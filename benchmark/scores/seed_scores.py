"""Seed scores: success by task and training seed, as aggregates and profiles want them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import Estimate
from ilbench.scores.success import success_rate
from ilbench.scores.task_scores import SplitScores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeedScores:
    """Success rates on several tasks of the training seeds that have played all of them.

    Attributes:
        rates: Shape (M, N): tasks, training seeds.
        means: Of each task, over these training seeds.
        left_out: Which training seeds are not in it, and why; empty where all are.
    """

    rates: FloatArray
    means: tuple[Estimate, ...]
    left_out: str


def seed_scores(splits: Mapping[str, SplitScores | None]) -> SeedScores:
    """Returns the success rates by task and training seed.

    A task that has more training seeds than others counts with those that all have: else an aggregate over
    scores would weigh it by their number.

    Args:
        splits: What was played of each task, by task; None where nothing was.

    Raises:
        EmptyScoreError: A task was not played, or no training seed has played all; the message is a reason
            that a table can show.
    """
    missing = [task for task, split in splits.items() if split is None]
    tables = {task: split.episodes.scored() for task, split in splits.items() if split is not None}
    if missing or not tables:
        raise EmptyScoreError(f"no aggregate without {', '.join(missing) or 'a task'}")
    common = reduce(np.intersect1d, [table.seeds for table in tables.values()])
    if not len(common):
        raise EmptyScoreError("no aggregate: no training seed has played every task")
    kept = [table.take(np.isin(table.seed, common)) for table in tables.values()]
    rates = [[float(one.success.mean()) for one in table.by_seed()] for table in kept]
    return SeedScores(
        rates=np.array(rates, dtype=np.float64),
        means=tuple(success_rate(table) for table in kept),
        left_out=_left_out({task: len(table.seeds) for task, table in tables.items()}, len(common)),
    )


def _left_out(numbers: Mapping[str, int], common: int) -> str:
    more = [f"{number - common} of {task}" for task, number in numbers.items() if number > common]
    if not more:
        return ""
    return f"training seeds that have not played every task: {', '.join(more)}"
