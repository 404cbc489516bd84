"""Ranking: which of many policies were shown to be better than which, over several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.paired_tests import holm, sign_flip_test, welch_test
from ilbench.scores.comparison.pairs import unit_differences, units_of
from ilbench.scores.comparison.sequential import SIGNIFICANCE
from ilbench.scores.episode_table import Episodes, EpisodeTable, as_table
from ilbench.scores.statistics.bootstrap import FloatArray


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

    Every pair is tested on its common episodes, every task weighing the same: contexts by the sign-flip
    test, and where both have two or more training seeds these by Welch's, whichever p is larger (as
    `ilbench.scores.compare` does for one task). Holm's correction over all pairs keeps the probability of any
    false order at 5 % or less.

    Args:
        policies: For each policy its episodes on the same tasks in the same order, from `gather_outcomes`.

    Raises:
        EmptyScoreError: Two policies have no episode in common on a task.
    """
    pairs = list(combinations(range(len(policies)), 2))
    tests = [_test(policies[i], policies[j]) for i, j in pairs]
    is_better = np.zeros((len(policies), len(policies)), dtype=np.bool_)
    for (i, j), (_, difference), p in zip(pairs, tests, holm([p for p, _ in tests]), strict=True):
        is_better[i, j] = p <= SIGNIFICANCE and difference > 0
        is_better[j, i] = p <= SIGNIFICANCE and difference < 0
    return is_better


def _test(first: Sequence[EpisodeTable], second: Sequence[EpisodeTable]) -> tuple[float, float]:
    """Returns the p-value and the difference of mean success."""
    parts, weights, rates = [], [], []
    for one, other in zip(first, second, strict=True):
        common = np.intersect1d(one.episode, other.episode)
        if not len(common):
            raise EmptyScoreError("no ranking: two policies have no episode in common; rank those that have")
        shared = [side.of_episodes(common) for side in (one, other)]
        mine, theirs = (side.grid(side.success) for side in shared)
        parts.append(unit_differences(mine, theirs, units_of(shared[0].context[: len(common)])))
        weights.append(len(mine) * len(theirs) * len(common))
        rates.append((mine.mean(axis=1), theirs.mean(axis=1)))
    multiple = lcm(*weights)  # every task as a whole number of the same parts, so that the test stays exact
    p_value = sign_flip_test(
        np.concatenate([d * (multiple // w) for d, w in zip(parts, weights, strict=True)])
    )
    difference = float(np.mean([d.sum() / w for d, w in zip(parts, weights, strict=True)]))
    return max(p_value, _over_seeds(rates)), difference


def _over_seeds(rates: Sequence[tuple[FloatArray, FloatArray]]) -> float:
    """Returns the p-value of Welch's test on the training seeds' means over tasks; 0 where it has none."""
    if len({(len(mine), len(theirs)) for mine, theirs in rates}) > 1 or min(map(len, rates[0])) < 2:
        return 0.0
    return welch_test(
        np.mean([mine for mine, _ in rates], axis=0), np.mean([theirs for _, theirs in rates], axis=0)
    )
