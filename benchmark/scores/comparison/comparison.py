"""Comparison of two policies on the episodes that both have played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import asin, sqrt
from typing import Literal

import numpy as np

from ilbench.scores.comparison.differences import (
    SIGNIFICANCE,
    detectable,
    p_value,
    rate_interval,
    t_interval,
    unit_differences,
)
from ilbench.scores.comparison.pairs import Pairs, pair_episodes
from ilbench.scores.comparison.sequential import OutOfBoundsError, SequentialTest, sequential_test
from ilbench.scores.comparison.spread import Line, find_spread, speaks_of_methods
from ilbench.scores.episode_table import Episodes, EpisodeTable
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Design, Estimate
from ilbench.scores.success import succeeded, success_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two policies on one task and split, over their common episodes.

    Attributes:
        task: Task id.
        split: Split name.
        num_episodes: Common episodes.
        design: What they are, with the smaller number of training seeds and of different episodes.
        num_distinct: Different episodes of the first and of the second, see `Design`.
        num_unpaired: Scored episodes of the first and of the second that the other has not played.
        num_seeds: Training seeds of the first and of the second.
        speaks_of: ``method`` where both have several training seeds, else ``policy``: what the difference,
            its interval and its test are about.
        num_discordant: Units (contexts with their repeats) where the first, and where the second did better.
        first: Success rate of the first policy on the common episodes.
        second: That of the second.
        difference: First less second, in [-1, 1] (the risk difference).
        detectable: The least difference that this design, with the variance found, shows with 80 % at 5 %.
        cohens_h: Effect size ``2 asin(sqrt(p)) - 2 asin(sqrt(q))``, in [-pi, pi].
        return_difference: Mean return of the first less that of the second.
        improvement: Probability that the first has the higher return in a common episode, ties half.
        p_value: That the success rates are equal; None where nothing can be tested; see `compare`.
        adjusted: The same, corrected for all comparisons made with it (Holm); alone, equal to it.
        sequential: The sequential test of success, over the contexts in their order, about these policies.
    """

    task: str
    split: str
    num_episodes: int
    design: Design
    num_distinct: tuple[int, int]
    num_unpaired: tuple[int, int]
    num_seeds: tuple[int, int]
    speaks_of: Literal["policy", "method"]
    num_discordant: tuple[int, int]
    first: Estimate
    second: Estimate
    difference: Estimate
    detectable: float
    cohens_h: float
    return_difference: Estimate
    improvement: Estimate
    p_value: float | None
    adjusted: float | None
    sequential: SequentialTest

    @property
    def is_distinguished(self) -> bool:
        """Whether the two were shown to differ, with all comparisons made counted."""
        return self.adjusted is not None and self.adjusted <= SIGNIFICANCE


def compare(
    first: Sequence[Episodes], second: Sequence[Episodes], *, confidence: float = CONFIDENCE
) -> Comparison:
    """Returns the comparison of two policies on one task and split.

    The p-value is that of `ilbench.scores.comparison.differences.p_value`. With one training seed on a side
    it is McNemar's exact test, or where contexts are repeated the sign-flip test on contexts, and about these
    trained policies. With two or more on both sides it is also Student's test over training seeds and
    contexts: a difference between methods must hold for both. A policy that always does the same on the only
    context has played one episode, however often: two such are not tested.

    Args:
        first: Records of the first policy, one sequence a training seed.
        second: The same for the second policy.
        confidence: Of the intervals.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: The records are of several tasks or splits, an episode occurs twice in one
            training seed, or a common episode was not played from the same seed.
    """
    return compare_pairs(pair_episodes(first, second), confidence)


def compare_pairs(pairs: Pairs, confidence: float = CONFIDENCE) -> Comparison:
    """Returns the comparison of two policies on their common episodes, see `compare`."""
    line = pairs.line(succeeded)
    signs = np.sign(unit_differences([line]))
    one, other = (success_rate(side, confidence=confidence) for side in (pairs.first, pairs.second))
    difference = success_difference(pairs, line, confidence)
    found = p_value([line])
    ((task, split),) = pairs.first.played
    return Comparison(
        task=task,
        split=split,
        num_episodes=pairs.num_episodes,
        design=pairs.design,
        num_distinct=pairs.num_distinct,
        num_unpaired=pairs.num_unpaired,
        num_seeds=pairs.num_seeds,
        speaks_of=difference.speaks_of,
        num_discordant=(int((signs > 0).sum()), int((signs < 0).sum())),
        first=one,
        second=other,
        difference=difference,
        detectable=detectable(difference, find_spread([line]), confidence),
        cohens_h=cohens_h(one.value, other.value),
        return_difference=_mean_difference(pairs, pairs.line(_episode_return), confidence),
        improvement=_improvement(pairs, confidence),
        p_value=found,
        adjusted=found,
        sequential=sequential_test(unit_means(line), line.sizes),
    )


def compare_sequentially(
    first: Sequence[Episodes], second: Sequence[Episodes], bounds: tuple[float, float]
) -> SequentialTest:
    """Returns the sequential test of equal mean returns, such as partial credit, over the contexts.

    Args:
        first: Records of the first policy on one task and split, one sequence a training seed.
        second: The same for the second policy.
        bounds: The least and the greatest return that an episode of the task can have, known beforehand: not
            those seen, which would make the test too sure. The wider they are, the longer it takes.

    Raises:
        OutOfBoundsError: An episode's return lies outside the bounds.
        EmptyScoreError: See `compare`.
        MismatchedRecordsError: See `compare`.
    """
    low, high = bounds
    pairs = pair_episodes(first, second)
    returns = np.concatenate([pairs.first.episode_return, pairs.second.episode_return])
    if not low <= returns.min() <= returns.max() <= high or low == high:
        ((task, split),) = pairs.first.played
        raise OutOfBoundsError(
            f"{task} {split} has returns from {returns.min():g} to {returns.max():g}, outside the bounds "
            f"{low:g} and {high:g}; give the least and the greatest that an episode can have"
        )
    line = pairs.line(_episode_return)
    return sequential_test(unit_means(line) / (high - low), line.sizes)


def unit_means(line: Line) -> FloatArray:
    """Returns first less second by unit, a mean over episodes and training seeds, shape (..., U)."""
    return np.asarray((line.first.mean(axis=-2) - line.second.mean(axis=-2)) / line.sizes)


def cohens_h(first: float, second: float) -> float:
    """Returns the effect size of two rates in [-pi, pi]; .2 is called small, .5 medium, .8 large.

    Cohen (1988, Statistical Power Analysis for the Behavioral Sciences, chapter 6).
    """
    return 2 * asin(sqrt(first)) - 2 * asin(sqrt(second))


def drawn(unit_name: str, lines: Sequence[Line]) -> str:
    """Returns what is drawn, in words: ``contexts``, or ``training seeds and contexts``."""
    return f"training seeds and {unit_name}" if speaks_of_methods(lines) else unit_name


def success_difference(pairs: Pairs, line: Line, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the difference of success on some pairs with its interval, which speaks of what `line` does."""
    over = drawn(pairs.unit_name, [line])
    found = rate_interval(line, _independent(pairs), pairs.num_episodes, over, confidence)
    return _about(found, pairs, line)


def _independent(pairs: Pairs) -> tuple[int, int]:
    """Returns how many outcomes of each policy count as independent where they are all the same."""
    one, other = pairs.num_distinct
    num_contexts = pairs.design.contexts
    if num_contexts > 1:
        return num_contexts, num_contexts
    return min(one, pairs.num_episodes), min(other, pairs.num_episodes)


def _mean_difference(pairs: Pairs, line: Line, confidence: float) -> Estimate:
    over = drawn(pairs.unit_name, [line])
    return _about(t_interval(find_spread([line]), pairs.num_episodes, over, confidence), pairs, line)


def _about(found: Estimate, pairs: Pairs, line: Line) -> Estimate:
    return replace(found, design=pairs.design, speaks_of="method" if speaks_of_methods([line]) else "policy")


def _improvement(pairs: Pairs, confidence: float) -> Estimate:
    """Returns how often the first returns more, with Student's interval.

    What a training seed of the second adds is how far it is from the mean of its like (Hoeffding 1948, Annals
    of Mathematical Statistics 19, 293-325: the projection of a U-statistic).
    """
    first, second = pairs.values(_episode_return)
    one, other = first[:, None], second[None]
    wins = (one > other) + (one == other) / 2
    line = pairs.line_of(wins.mean(axis=1), wins.mean(axis=(0, 1)) - wins.mean(axis=0))
    found = _mean_difference(pairs, line, confidence)
    return replace(found, low=max(0.0, found.low), high=min(1.0, found.high))


def _episode_return(episodes: EpisodeTable) -> FloatArray:
    return episodes.episode_return
