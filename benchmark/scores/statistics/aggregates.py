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
from numpy.typing import ArrayLike

from ilbench.errors import EmptyScoreError, ILBenchError
from ilbench.scores.statistics.bootstrap import BOOTSTRAP_SEED, NUM_RESAMPLES, FloatArray, percentile_interval
from ilbench.scores.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    normal_quantile,
    student_quantile,
)
from ilbench.scores.statistics.estimate import mean as combine_mean

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
        left_out: Which training seeds are not in it, and why; empty where all are.
    """

    mean: Estimate
    median: Estimate
    interquartile_mean: Estimate
    optimality_gap: Estimate
    left_out: str = ""


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
    means: Sequence[Estimate] | None = None,
    left_out: str = "",
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Aggregates:
    """Returns the aggregates of normalized scores, with stratified bootstrap intervals.

    See `stratified_bootstrap` for arguments and errors.

    Args:
        scores: Shape (M, N): M tasks, N training seeds.
        means: Of each task, for scores that are success rates.
        left_out: Said with the result.
        confidence: Of the intervals.
        seed: Seed of the resampling.
    """
    # Rates are below 1, and only resampled ones exceed it: what these exceed it by is not lost.
    gap = optimality_gap if means is None else _missing
    statistics: Sequence[Statistic] = (mean, median, interquartile_mean, gap)
    matrix = check_scores(scores)
    resampled = resample(matrix, means, confidence=confidence, seed=seed)
    found = (_estimate(s(matrix), s(resampled), matrix, confidence, means) for s in statistics)
    names = ("mean", "median", "interquartile_mean", "optimality_gap")
    return Aggregates(**dict(zip(names, found, strict=True)), left_out=left_out)


def _missing(scores: FloatArray) -> FloatArray:
    return np.asarray(1.0 - mean(scores))


def stratified_bootstrap(
    scores: ArrayLike,
    statistic: Statistic,
    *,
    means: Sequence[Estimate] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Returns a statistic of a matrix of scores with a percentile interval, see `resample`.

    Args:
        scores: Shape (M, N): M tasks, N training seeds.
        statistic: Such as `interquartile_mean`.
        means: Where scores are success rates: each task's rate over all training seeds, whose interval says
            what contexts add. Without it one training seed has an interval of no width, and n counts scores;
            with it n counts episodes.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: There is no score.
        MalformedScoresError: The scores are no matrix of finite numbers.
    """
    matrix = check_scores(scores)
    resampled = statistic(resample(matrix, means, confidence=confidence, seed=seed))
    return _estimate(statistic(matrix), resampled, matrix, confidence, means)


def probability_of_improvement(
    first: ArrayLike, second: ArrayLike, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Returns `improvement` of `first` over `second` in [0, 1], with an interval that has a width.

    The interval is Newcombe's for the Mann-Whitney count (2006, Statistics in Medicine 25, 559-573, method
    5): the probabilities from which what was found is within a quantile of their standard error, that of a
    mean over as many tasks. Where tasks differ the error is smaller than that. A bootstrap of three training
    seeds that all win claims certainty. It speaks of new training seeds on the same contexts.

    Args:
        first: Shape (M, N): M tasks, N training seeds.
        second: Shape (M, K): the same tasks, K training seeds.
        confidence: Of the interval.

    Raises:
        EmptyScoreError: There is no score.
        MalformedScoresError: One is no matrix of finite numbers, or they differ in the number of tasks.
    """
    one, other = check_scores(first), check_scores(second)
    if len(one) != len(other):
        raise MalformedScoresError(
            f"the scores are of {len(one)} and {len(other)} tasks; give both the same tasks in the same order"
        )
    value = float(np.mean([improvement(a[None], b[None]) for a, b in zip(one, other, strict=True)]))
    sizes = one.shape[1], other.shape[1]
    low, high = _win_ends(value, sizes, len(one), normal_quantile(confidence))
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=one.size + other.size,
        method="Newcombe over training seeds",
        speaks_of="method" if min(sizes) > 1 else "policy",
    )


def _win_ends(value: float, sizes: tuple[int, int], num_tasks: int, quantile: float) -> tuple[float, float]:
    grid = np.linspace(0, 1, 2001)
    larger = (sum(sizes) / 2 - 1) * ((1 - grid) / (2 - grid) + grid / (1 + grid))
    variance = grid * (1 - grid) * (1 + larger) / (sizes[0] * sizes[1] * num_tasks)
    held = grid[(grid - value) ** 2 <= quantile**2 * variance]
    return min(value, float(held.min(initial=value))), max(value, float(held.max(initial=value)))


def performance_profile(
    scores: ArrayLike,
    thresholds: ArrayLike,
    *,
    means: Sequence[Estimate] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> PerformanceProfile:
    """Returns the share of tasks and training seeds with a score above each threshold.

    Curves that do not cross order two policies whatever the threshold. The interval holds at one threshold,
    not along the curve. See `stratified_bootstrap` for the other arguments and errors.
    """
    matrix = check_scores(scores)
    resampled = resample(matrix, means, confidence=confidence, seed=seed)
    taus = np.asarray(thresholds, dtype=np.float64)
    ends = [percentile_interval(share_above(resampled, tau), confidence) for tau in taus]
    low, high = np.array(ends).reshape(-1, 2).T
    values = np.array([float(share_above(matrix, tau)) for tau in taus])
    return PerformanceProfile(
        thresholds=taus, values=values, low=np.minimum(low, values), high=np.maximum(high, values)
    )


def resample(
    scores: FloatArray,
    means: Sequence[Estimate] | None = None,
    *,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> FloatArray:
    """Returns resampled matrices, shape (B, M, N): training seeds within each task; the tasks stay.

    What a task's seeds differ from their mean by is drawn anew and stretched by ``sqrt(N / (N - 1))``, for
    draws from N vary less than what they were drawn from (Davison and Hinkley 1997, Bootstrap Methods, 2.3),
    and by t over z for the degrees of freedom. Where `means` are given the mean itself is drawn as their
    intervals say, from a beta distribution of the effective sample size: contexts are common to the seeds, so
    what they add is not seen in what these differ by. Nothing is cut at 0 and 1, which would move the mean.
    """
    rng = np.random.default_rng(seed)
    num_tasks, num_seeds = scores.shape
    middle = scores.mean(axis=1, keepdims=True)
    drawn = rng.integers(num_seeds, size=(NUM_RESAMPLES, *scores.shape))
    apart: FloatArray = np.take_along_axis((scores - middle)[None], drawn, axis=2)
    if num_seeds > 1:
        apart = apart * np.sqrt(num_seeds / (num_seeds - 1))
    if means is None:
        freedom = num_tasks * (num_seeds - 1)
        stretch = student_quantile(confidence, freedom) / normal_quantile(confidence) if freedom else 1.0
        return np.asarray(middle + stretch * apart)
    apart = apart - apart.mean(axis=2, keepdims=True)
    return np.asarray(_drawn_means(means, confidence, rng)[..., None] + apart)


def _drawn_means(means: Sequence[Estimate], confidence: float, rng: np.random.Generator) -> FloatArray:
    """Returns draws of each task's mean, shape (B, M), half a success and half a failure added (Jeffreys)."""
    quantile = student_quantile(confidence, combine_mean(means).spread().freedom)
    lowered = (normal_quantile(confidence) / quantile) ** 2
    sizes = np.array([lowered * (one.spread().size or one.n) for one in means])
    successes = sizes * np.array([one.value for one in means])
    shape = (NUM_RESAMPLES, len(sizes))
    return np.asarray(rng.beta(successes + 0.5, sizes - successes + 0.5, shape))


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


def _estimate(
    value: FloatArray,
    resampled: FloatArray,
    scores: FloatArray,
    confidence: float,
    means: Sequence[Estimate] | None,
) -> Estimate:
    low, high = percentile_interval(resampled, confidence)
    point = float(value)
    return Estimate(
        value=point,
        low=min(low, point),
        high=max(high, point),
        n=scores.size if means is None else sum(one.n for one in means),
        method=f"stratified bootstrap over training seeds{' and contexts' if means else ''}",
        speaks_of="method" if scores.shape[1] > 1 else "policy",
    )
