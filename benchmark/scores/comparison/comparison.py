"""Comparison of two policies on the episodes that both have played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, sqrt

import numpy as np

from ilbench.scores.comparison.paired_tests import sign_flip_test, welch_test
from ilbench.scores.comparison.pairs import Pairs, pair_episodes
from ilbench.scores.comparison.sequential import SIGNIFICANCE, SequentialTest, sequential_test
from ilbench.scores.episode_table import Episodes, EpisodeTable
from ilbench.scores.statistics.bootstrap import (
    BOOTSTRAP_SEED,
    FloatArray,
    percentile_interval,
    resampling_weights,
)
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, hull
from ilbench.scores.statistics.paired import paired_newcombe
from ilbench.scores.success import succeeded, success_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two policies on one task and split, over their common episodes.

    Attributes:
        task: Task id.
        split: Split name.
        num_episodes: Common episodes.
        num_unpaired: Scored episodes of the first and of the second that the other has not played.
        num_seeds: Training seeds of the first and of the second.
        num_discordant: Units (contexts with their repeats) where the first, and where the second did better.
        first: Success rate of the first policy on the common episodes.
        second: That of the second.
        difference: First less second, in [-1, 1] (the risk difference).
        cohens_h: Effect size ``2 asin(sqrt(p)) - 2 asin(sqrt(q))``, in [-pi, pi].
        return_difference: Mean return of the first less that of the second.
        improvement: Probability that the first has the higher return in a common episode, ties half.
        p_value: That the success rates are equal; see `compare`.
        adjusted: The same, corrected for all comparisons made with it (Holm); alone, equal to it.
        sequential: The sequential test, over the contexts in their order.
    """

    task: str
    split: str
    num_episodes: int
    num_unpaired: tuple[int, int]
    num_seeds: tuple[int, int]
    num_discordant: tuple[int, int]
    first: Estimate
    second: Estimate
    difference: Estimate
    cohens_h: float
    return_difference: Estimate
    improvement: Estimate
    p_value: float
    adjusted: float
    sequential: SequentialTest

    @property
    def is_distinguished(self) -> bool:
        """Whether the policies were shown to differ, with all comparisons made counted."""
        return self.adjusted <= SIGNIFICANCE


def compare(
    first: Sequence[Episodes],
    second: Sequence[Episodes],
    *,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Comparison:
    """Returns the comparison of two policies on one task and split.

    With one training seed each, the p-value is that of McNemar's exact test, or where contexts are repeated
    of the sign-flip test on contexts: it is about these two trained policies. With two or more on both sides
    it is the larger of that and of Welch's test over the training seeds: a difference between methods must
    hold over contexts and over training seeds. With two to four seeds it takes a large one.

    Args:
        first: Records of the first policy, one sequence a training seed.
        second: The same for the second policy.
        confidence: Of the intervals.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: The records are of several tasks or splits, an episode occurs twice in one
            training seed, or a common episode was not played from the same seed.
    """
    pairs = pair_episodes(first, second)
    differences = pairs.differences(succeeded)
    rates = [success_rate(side, confidence=confidence) for side in (pairs.first, pairs.second)]
    p_value = _p_value(pairs, differences)
    ((task, split),) = pairs.first.played
    return Comparison(
        task=task,
        split=split,
        num_episodes=pairs.num_episodes,
        num_unpaired=pairs.num_unpaired,
        num_seeds=pairs.num_seeds,
        num_discordant=(int((differences > 0).sum()), int((differences < 0).sum())),
        first=rates[0],
        second=rates[1],
        difference=_success_difference(pairs, confidence, seed),
        cohens_h=cohens_h(rates[0].value, rates[1].value),
        return_difference=_mean_difference(pairs, *pairs.values(_episode_return), confidence, seed),
        improvement=_improvement(pairs, confidence, seed),
        p_value=p_value,
        adjusted=p_value,
        sequential=sequential_test(differences, pairs.sizes()),
    )


def cohens_h(first: float, second: float) -> float:
    """Returns the effect size of two rates in [-pi, pi]; .2 is called small, .5 medium, .8 large.

    Cohen (1988, Statistical Power Analysis for the Behavioral Sciences, chapter 6).
    """
    return 2 * asin(sqrt(first)) - 2 * asin(sqrt(second))


def seed_rates(pairs: Pairs) -> tuple[FloatArray, FloatArray]:
    """Returns the success rates of the training seeds of each policy on the common episodes."""
    first, second = pairs.values(succeeded)
    return first.mean(axis=1), second.mean(axis=1)


def _p_value(pairs: Pairs, differences: FloatArray) -> float:
    over_contexts = sign_flip_test(differences)
    return max(over_contexts, welch_test(*seed_rates(pairs))) if min(pairs.num_seeds) > 1 else over_contexts


def _success_difference(pairs: Pairs, confidence: float, seed: int) -> Estimate:
    first, second = pairs.values(succeeded)
    resampled = _mean_difference(pairs, first, second, confidence, seed)
    newcombe = paired_newcombe(first.mean(axis=0), second.mean(axis=0), confidence)
    return hull(newcombe, resampled, f"{resampled.method}, at least Newcombe's for pairs")


def _mean_difference(
    pairs: Pairs, first: FloatArray, second: FloatArray, confidence: float, seed: int
) -> Estimate:
    """Returns the mean of ``first - second``, shapes (S, E) and (T, E)."""
    return _paired_bootstrap(pairs, first[:, None] - second[None], confidence, seed)


def _improvement(pairs: Pairs, confidence: float, seed: int) -> Estimate:
    first, second = pairs.values(_episode_return)
    one, other = first[:, None], second[None]
    return _paired_bootstrap(pairs, (one > other) + (one == other) / 2, confidence, seed)


def _paired_bootstrap(pairs: Pairs, values: FloatArray, confidence: float, seed: int) -> Estimate:
    """Returns the mean of a number for every pair of training seeds and common episode, shape (S, T, E).

    Units are resampled in common, the training seeds of the two policies apart.
    """
    sizes = pairs.sizes()
    weights = resampling_weights(1, len(sizes), seed)[1]
    seeds = [resampling_weights(number, 1, seed + i)[0] for i, number in enumerate(pairs.num_seeds, start=1)]
    total = np.zeros(len(weights))
    for i, row in enumerate(values):
        for j, of_pair in enumerate(row):
            total += seeds[0][:, i] * seeds[1][:, j] * (weights @ np.bincount(pairs.units, of_pair))
    resampled = total / (weights @ sizes) / values.shape[0] / values.shape[1]
    low, high = percentile_interval(resampled, confidence)
    value = float(values.mean())
    levels = "training seeds and " if max(pairs.num_seeds) > 1 else ""
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=pairs.num_episodes,
        method=f"paired bootstrap over {levels}{pairs.unit_name}",
    )


def _episode_return(episodes: EpisodeTable) -> FloatArray:
    return episodes.episode_return
