"""Ranking: which of many policies were shown to be better than which, over several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.paired_tests import holm, sign_flip_test, welch_test
from ilbench.scores.comparison.sequential import SIGNIFICANCE
from ilbench.scores.statistics.bootstrap import FloatArray, MismatchedRecordsError, Records, scored

_REPEATS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """Successes of one policy on one task and split.

    Attributes:
        episodes: A number for each episode that all training seeds have scored, rising, shape (E,).
        successes: Whether each training seed succeeded in it, 0 or 1, shape (S, E).
    """

    episodes: NDArray[np.int64]
    successes: FloatArray

    def on(self, episodes: NDArray[np.int64]) -> FloatArray:
        """Returns the successes in some of its episodes, shape (S, E)."""
        return self.successes[:, np.searchsorted(self.episodes, episodes)]


def gather_outcomes(runs: Sequence[Records]) -> Outcomes:
    """Returns the successes of one policy on one task and split.

    Args:
        runs: Its records, one sequence a training seed.

    Raises:
        EmptyScoreError: There is no episode that every training seed has scored.
        MismatchedRecordsError: An episode occurs twice in one training seed.
    """
    by_seed = []
    for run in runs:
        found = {r.context * _REPEATS + r.repeat: float(bool(r.success)) for r in scored(run)}
        if len(found) < len(scored(run)):
            raise MismatchedRecordsError("an episode occurs twice; give each training seed alone")
        by_seed.append(found)
    common = sorted(set.intersection(*map(set, by_seed))) if by_seed else []
    if not common:
        raise EmptyScoreError("no ranking: there is no episode that every training seed has played")
    successes = [[found[episode] for episode in common] for found in by_seed]
    return Outcomes(episodes=np.array(common, dtype=np.int64), successes=np.array(successes))


def find_better(policies: Sequence[Sequence[Outcomes]]) -> NDArray[np.bool_]:
    """Returns whether the row's policy was shown to have the higher mean success than the column's, (K, K).

    Every pair is tested on its common episodes, every task weighing the same: contexts by the sign-flip
    test, and where both have two or more training seeds these by Welch's, whichever p is larger (as
    `ilbench.scores.compare` does for one task). Holm's correction over all pairs keeps the probability of any
    false order at 5 % or less.

    Args:
        policies: For each policy its outcomes on the same tasks in the same order.

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


def _test(first: Sequence[Outcomes], second: Sequence[Outcomes]) -> tuple[float, float]:
    """Returns the p-value and the difference of mean success."""
    parts, weights, rates = [], [], []
    for one, other in zip(first, second, strict=True):
        common = np.intersect1d(one.episodes, other.episodes, assume_unique=True)
        if not len(common):
            raise EmptyScoreError("no ranking: two policies have no episode in common; rank those that have")
        mine, theirs = one.on(common), other.on(common)
        by_episode = len(theirs) * mine.sum(axis=0) - len(mine) * theirs.sum(axis=0)
        contexts = np.unique(common // _REPEATS, return_inverse=True)[1]
        units = contexts if contexts[-1] else np.arange(len(common))
        parts.append(np.bincount(units, by_episode))
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
