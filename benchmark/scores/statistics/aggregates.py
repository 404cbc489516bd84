"""Aggregates: one number of a matrix of scores, a row a task and a column a training seed.

Definitions follow Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice
(NeurIPS 2021), and its library rliable, whose matrices are transposed. Every statistic is a function of the
last two axes, so that all resamples are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ilbench.errors import EmptyScoreError, ILBenchError
from ilbench.scores.statistics.bootstrap import BOOTSTRAP_SEED, NUM_RESAMPLES, FloatArray, percentile_interval
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate

Statistic: TypeAlias = Callable[[FloatArray], FloatArray]
"""From scores, shape (..., M, N), to one number each, shape (...)."""

TRIMMED = 0.25
"""Share of the scores that the interquartile mean drops at either end."""


class MalformedScoresError(ILBenchError):
    """Scores that are no matrix of finite numbers, or two matrices of different tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregates:
    """Aggregates of one matrix of scores.

    Attributes:
        mean: Mean over tasks of the mean over training seeds.
        median: Median over tasks of the mean over training seeds.
        interquartile_mean: Mean of the middle half of all scores.
        optimality_gap: How far scores fall short of 1 on average; above 1 counts as 1. Lower is better.
    """

    mean: Estimate
    median: Estimate
    interquartile_mean: Estimate
    optimality_gap: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceProfile:
    """Share of scores above each threshold, with a pointwise interval.

    Attributes:
        thresholds: Thresholds, shape (T,).
        values: Share of all tasks and training seeds with a score above, in [0, 1], shape (T,).
        low: Lower end of the interval, shape (T,).
        high: Upper end, shape (T,).
    """

    thresholds: FloatArray
    values: FloatArray
    low: FloatArray
    high: FloatArray


def mean(scores: FloatArray) -> FloatArray:
    """Returns the mean over all tasks and training seeds, shape (...)."""
    return np.asarray(scores.mean(axis=(-2, -1)))


def median(scores: FloatArray) -> FloatArray:
    """Returns the median over tasks of their mean over training seeds: half of the tasks do not matter."""
    return np.asarray(np.median(scores.mean(axis=-1), axis=-1))


def interquartile_mean(scores: FloatArray) -> FloatArray:
    """Returns the mean without the lowest and the highest quarter of all scores (25 % trimmed mean).

    Of n scores ``floor(n / 4)`` are dropped at either end, so fewer than four are all kept. Unlike the mean
    it is not carried by a few easy tasks, unlike the median it needs fewer training seeds.
    """
    flat = scores.reshape(*scores.shape[:-2], -1)
    dropped = int(TRIMMED * flat.shape[-1])
    ordered = np.sort(flat, axis=-1)
    return np.asarray(ordered[..., dropped : flat.shape[-1] - dropped].mean(axis=-1))


def optimality_gap(scores: FloatArray, target: float = 1.0) -> FloatArray:
    """Returns ``target - mean(min(score, target))``: what is missing, nothing gained by exceeding it."""
    return np.asarray(target - np.minimum(scores, target).mean(axis=(-2, -1)))


def share_above(scores: FloatArray, threshold: float) -> FloatArray:
    """Returns the share of all tasks and training seeds whose score exceeds `threshold`, in [0, 1]."""
    return np.asarray((scores > threshold).mean(axis=(-2, -1)))


def improvement(first: FloatArray, second: FloatArray) -> FloatArray:
    """Returns the mean over tasks of P(a score of `first` exceeds one of `second`), ties half, shape (...).

    The Mann-Whitney count over the number of pairs. It says how often, not by how much.
    """
    pairs = first[..., :, None], second[..., None, :]
    wins = (pairs[0] > pairs[1]).mean(axis=(-2, -1)) + (pairs[0] == pairs[1]).mean(axis=(-2, -1)) / 2
    return np.asarray(wins.mean(axis=-1))


def aggregate(
    scores: ArrayLike,
    *,
    num_episodes: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Aggregates:
    """Returns the aggregates of normalized scores, with stratified bootstrap intervals.

    See `stratified_bootstrap` for arguments and errors.
    """
    statistics: Sequence[Statistic] = (mean, median, interquartile_mean, optimality_gap)
    matrix = check_scores(scores)
    resampled = resample(matrix, num_episodes, seed=seed)
    n = _count(matrix, num_episodes)
    found = (_estimate(s(matrix), s(resampled), n, confidence, num_episodes) for s in statistics)
    names = ("mean", "median", "interquartile_mean", "optimality_gap")
    return Aggregates(**dict(zip(names, found, strict=True)))


def stratified_bootstrap(
    scores: ArrayLike,
    statistic: Statistic,
    *,
    num_episodes: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Returns a statistic of a matrix of scores with a percentile interval.

    Training seeds are resampled within each task, independently of other tasks; the tasks stay. With few
    training seeds (under five, say) the interval is too narrow.

    Args:
        scores: Shape (M, N): M tasks, N training seeds.
        statistic: Such as `interquartile_mean`.
        num_episodes: Where scores are success rates: the episodes that each rests on, shape (M, N) or a
            number. These are then resampled too, after the training seeds. Without it one training seed has
            an interval of no width, and n counts scores; with it n counts episodes.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: There is no score.
        MalformedScoresError: The scores are no matrix of finite numbers.
    """
    matrix = check_scores(scores)
    resampled = statistic(resample(matrix, num_episodes, seed=seed))
    n = _count(matrix, num_episodes)
    return _estimate(statistic(matrix), resampled, n, confidence, num_episodes)


def probability_of_improvement(
    first: ArrayLike, second: ArrayLike, *, confidence: float = CONFIDENCE, seed: int = BOOTSTRAP_SEED
) -> Estimate:
    """Returns `improvement` of `first` over `second` in [0, 1], with a stratified bootstrap interval.

    Args:
        first: Shape (M, N): M tasks, N training seeds.
        second: Shape (M, K): the same tasks, K training seeds.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: There is no score.
        MalformedScoresError: One is no matrix of finite numbers, or they differ in the number of tasks.
    """
    one, other = check_scores(first), check_scores(second)
    if len(one) != len(other):
        raise MalformedScoresError(
            f"the scores are of {len(one)} and {len(other)} tasks; give both the same tasks in the same order"
        )
    resampled = improvement(resample(one, seed=seed), resample(other, seed=seed + 1))
    return _estimate(improvement(one, other), resampled, one.size + other.size, confidence, None)


def performance_profile(
    scores: ArrayLike,
    thresholds: ArrayLike,
    *,
    num_episodes: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> PerformanceProfile:
    """Returns the share of tasks and training seeds with a score above each threshold.

    Curves that do not cross order two policies whatever the threshold. The interval holds at one threshold,
    not along the curve. See `stratified_bootstrap` for the other arguments and errors.
    """
    matrix = check_scores(scores)
    resampled = resample(matrix, num_episodes, seed=seed)
    taus = np.asarray(thresholds, dtype=np.float64)
    ends = [percentile_interval(share_above(resampled, tau), confidence) for tau in taus]
    low, high = np.array(ends).reshape(-1, 2).T
    values = np.array([float(share_above(matrix, tau)) for tau in taus])
    return PerformanceProfile(
        thresholds=taus, values=values, low=np.minimum(low, values), high=np.maximum(high, values)
    )


def resample(
    scores: FloatArray, num_episodes: ArrayLike | None = None, *, seed: int = BOOTSTRAP_SEED
) -> FloatArray:
    """Returns resampled matrices, shape (B, M, N): training seeds within each task, then their episodes.

    To draw n episodes anew from one with k successes is to draw from Binomial(n, k / n). Where all or none
    succeeded nothing varies, so a policy that never succeeds has an interval of no width: read n beside it.
    """
    rng = np.random.default_rng(seed)
    num_seeds = scores.shape[1]
    drawn = rng.integers(num_seeds, size=(NUM_RESAMPLES, *scores.shape))
    resampled: FloatArray = np.take_along_axis(scores[None], drawn, axis=2)
    if num_episodes is None:
        return resampled
    episodes: NDArray[np.int64] = np.broadcast_to(np.asarray(num_episodes, dtype=np.int64), scores.shape)
    numbers = np.take_along_axis(episodes[None], drawn, axis=2)
    return np.asarray(rng.binomial(numbers, resampled) / numbers)


def check_scores(scores: ArrayLike) -> FloatArray:
    """Returns the scores as a matrix of numbers.

    Raises:
        EmptyScoreError: There is no score.
        MalformedScoresError: They are no matrix of finite numbers.
    """
    try:
        matrix = np.asarray(scores, dtype=np.float64)
    except ValueError:
        raise MalformedScoresError(
            "scores must have a row a task and a column a training seed, and the same number of training "
            "seeds in every row; run the missing ones, or leave out the tasks that lack them"
        ) from None
    if matrix.ndim != 2:
        raise MalformedScoresError(f"scores must have two axes, tasks and training seeds, not {matrix.ndim}")
    if not matrix.size:
        raise EmptyScoreError("no aggregate of no scores; give at least one task and training seed")
    if not np.isfinite(matrix).all():
        raise MalformedScoresError(
            f"{int((~np.isfinite(matrix)).sum())} of {matrix.size} scores are missing or infinite; "
            "nothing counts as zero: run those first, or leave out their tasks"
        )
    return matrix


def _count(matrix: FloatArray, num_episodes: ArrayLike | None) -> int:
    return matrix.size if num_episodes is None else int(np.broadcast_to(num_episodes, matrix.shape).sum())


def _estimate(
    value: FloatArray, resampled: FloatArray, n: int, confidence: float, num_episodes: ArrayLike | None
) -> Estimate:
    low, high = percentile_interval(resampled, confidence)
    levels = "training seeds" if num_episodes is None else "training seeds and episodes"
    point = float(value)
    return Estimate(
        value=point,
        low=min(low, point),
        high=max(high, point),
        n=n,
        method=f"stratified bootstrap over {levels}",
    )
