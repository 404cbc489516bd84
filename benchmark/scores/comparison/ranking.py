"""Ranking: which of many policies were shown to be better than which, over several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.differences import SIGNIFICANCE, p_value
from ilbench.scores.comparison.paired_tests import holm
from ilbench.scores.comparison.pairs import pair_episodes
from ilbench.scores.comparison.spread import find_spread
from ilbench.scores.episode_table import Episodes, EpisodeTable, as_table
from ilbench.scores.success import succeeded


def gather_outcomes(runs: Sequence[Episodes]) -> EpisodeTable:
    """Returns the episodes of one policy on one task and split that all its training seeds have scored.

    Args:
        runs: Its episodes, one sequence a training seed.

    Raises:
        EmptyScoreError: There is none.
        MismatchedRecordsError: An episode occurs twice in one training seed.
    """
    found = as_table(runs).scored().in_all_seeds()
    if not len(found):
        raise EmptyScoreError("no ranking: there is no episode that every training seed has played")
    return found


def find_better(policies: Sequence[Sequence[EpisodeTable]]) -> NDArray[np.bool_]:
    """Returns whether the row's policy was shown to have the higher mean success than the column's, (K, K).

    Every pair is tested on its common episodes as `ilbench.scores.compare_policies` tests all tasks at once,
    every task weighing the same. Two with several training seeds each are told apart as methods, others as
    these policies. Holm's correction over all pairs keeps the probability of any false order at 5 % or less.

    Args:
        policies: For each policy its episodes on the same tasks in the same order, from `gather_outcomes`.

    Raises:
        EmptyScoreError: Two policies have no episode in common on a task.
        MismatchedRecordsError: A common episode was not played from the same seed.
    """
    pairs = list(combinations(range(len(policies)), 2))
    tests = [_test(policies[i], policies[j]) for i, j in pairs]
    adjusted = holm([1.0 if p is None else p for p, _ in tests])
    return order_pairs(len(policies), pairs, adjusted, [difference for _, difference in tests])


def order_pairs(
    count: int, pairs: Sequence[tuple[int, int]], adjusted: Sequence[float], differences: Sequence[float]
) -> NDArray[np.bool_]:
    """Returns who was shown to be better than whom, (K, K), of adjusted p-values and differences of pairs."""
    is_better = np.zeros((count, count), dtype=np.bool_)
    for (i, j), p, difference in zip(pairs, adjusted, differences, strict=True):
        is_better[i, j] = p <= SIGNIFICANCE and difference > 0
        is_better[j, i] = p <= SIGNIFICANCE and difference < 0
    return is_better


def _test(first: Sequence[EpisodeTable], second: Sequence[EpisodeTable]) -> tuple[float | None, float]:
    """Returns the p-value, None where there is no test, and the difference of mean success."""
    lines = [pair_episodes([one], [other]).line(succeeded) for one, other in zip(first, second, strict=True)]
    return p_value(lines), float(find_spread(lines).difference)
