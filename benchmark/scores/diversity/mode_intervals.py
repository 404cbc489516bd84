"""Intervals of what mode counts tell: entropies and divergences of the modes of successes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from ilbench.scores.sample import Sample
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, Scatter, student_quantile
from ilbench.scores.statistics.spread import Cells, find_spread, satterthwaite, variance_freedom

ModeScore: TypeAlias = Callable[[FloatArray], FloatArray]
"""From mode counts, shape (..., K), to scores, shape (...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedModes:
    """What the mode counts of one training seed tell of a score.

    Attributes:
        value: The score.
        centers: The least and the greatest of the estimates without its bias.
        variance: Of the score.
        clusters: Contexts with a success that has a mode.
        shares: Shares of the modes, shape (K,).
        size: Effective number of successes.
    """

    value: float
    centers: tuple[float, float]
    variance: float
    clusters: int
    shares: FloatArray
    size: float


def mode_estimate(
    counts: FloatArray,
    sample: Sample,
    score: ModeScore,
    *,
    most: float,
    unbiased: Sequence[ModeScore] = (),
    unseen: FloatArray | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns a score of mode counts, meaned over training seeds, with its interval.

    The score of a sample is biased: entropies are too low, divergences too high. The interval lies around the
    jackknife's estimate without bias (Quenouille 1956, Biometrika 43, 353-360) and around those given, from
    the lowest less t standard errors to the highest plus as many. To the jackknife's variance that of the
    bias is added, which alone is left where the modes are uniform, and both grow by the contexts' design
    effect. Last, modes that the successes do not show may have ``t^2 / (n + t^2)`` of the probability,
    Wilson's bound after none of n: the interval also holds the score that they would then make. The value
    itself is in the interval. With 20 and more independent successes it covers 92 % and more for
    uniform, geometric, linear, two-peaked and one-peaked modes, 2, 4 and 24 of them: see
    ``results/coverage.csv``.

    Args:
        counts: By training seed, cluster and mode, shape (S, C, K).
        sample: What they were counted in.
        score: The score, in [0, `most`].
        most: The largest score there can be.
        unbiased: Further estimates of it, with less bias.
        unseen: How the modes not seen share what they may have, shape (K,); evenly if None.
        confidence: Of the interval.
    """
    rows = [row for row in counts if row.any()]
    seeds = [_seed_modes(row, score, unbiased) for row in rows]
    value = float(np.mean([one.value for one in seeds]))
    variance, freedom = _variance(seeds)
    weights = np.ones(counts.shape[-1]) if unseen is None else unseen
    is_known = max(row.sum() for row in rows) > 1
    scatter = Scatter(
        ends=partial(_ends, tuple(seeds), variance, score, weights, most)
        if is_known
        else partial(_whole, most),
        freedom=freedom,
    )
    low, high = scatter.interval(confidence)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=int(counts.sum()),
        method=f"jackknife over {sample.over()}, bias-corrected" if is_known else "unknown spread",
        design=sample.design,
        speaks_of=sample.speaks_of,
        scatter=scatter,
    )


def effective_successes(counts: FloatArray) -> float:
    """Returns how many independent successes would tell as much of the modes as these of one training seed.

    The mean over modes of the design effect of the mode's share, each weighted by its variance (Rao and Scott
    1981, Journal of the American Statistical Association 76, 221-230).

    Args:
        counts: By cluster and mode, shape (C, K).
    """
    counts = counts[counts.any(axis=1)]
    totals = counts.sum(axis=1)
    sums = counts.T[:, None]
    cells = Cells(
        sums=sums,
        counts=np.broadcast_to(totals, sums.shape),
        is_high=counts.T > 0,
        is_low=totals > counts.T,
        most=np.full(len(sums), totals.sum()),
        variety=np.ones(len(sums)),
    )
    shares = cells.mean()
    weights = shares * (1 - shares)
    if len(counts) == 1 or not weights.any():
        return float(len(counts))
    return float(weights.sum() / (weights / find_spread(cells).size).sum())


def _seed_modes(counts: FloatArray, score: ModeScore, unbiased: Sequence[ModeScore]) -> SeedModes:
    total, size = counts.sum(axis=0), effective_successes(counts)
    n, seen = total.sum(), np.flatnonzero(total)
    value, shares = float(score(total)), total / n
    further = [float(estimate(total)) for estimate in unbiased]
    bias = spread = 0.0
    if n > 1:
        without = score(total - np.eye(len(total))[seen])
        mean = float(shares[seen] @ without)
        bias = (n - 1) * (mean - value) * n / size
        spread = (n - 1) * float(shares[seen] @ (without - mean) ** 2) * n / size
    centers = [value - bias, *further]
    return SeedModes(
        value=value,
        centers=(min(centers), max(centers)),
        variance=spread + 2 * bias**2 / max(1, len(seen) - 1),
        clusters=int(counts.any(axis=1).sum()),
        shares=shares,
        size=size,
    )


def _variance(seeds: Sequence[SeedModes]) -> tuple[float, float]:
    """Returns the variance of the mean over training seeds, and its degrees of freedom.

    Contexts are common to the seeds: what they add is bounded by that of a single seed, and so counted once.
    """
    within = float(np.mean([one.variance for one in seeds]))
    clusters = max(1, min(one.clusters for one in seeds) - 1)
    if len(seeds) == 1:
        return within, float(clusters)
    between = max(float(np.var([one.value for one in seeds], ddof=1)), within) / len(seeds)
    parts = np.array([between, within])
    freedom = satterthwaite(parts, np.array([variance_freedom(len(seeds)), clusters]))
    return float(parts.sum()), float(freedom)


def _ends(
    seeds: tuple[SeedModes, ...],
    variance: float,
    score: ModeScore,
    weights: FloatArray,
    most: float,
    quantile: float,
) -> tuple[float, float]:
    values = [one.value for one in seeds]
    half = quantile * float(np.sqrt(variance))
    others = float(np.mean([_with_unseen(one, score, weights, quantile) for one in seeds]))
    low = float(np.mean([one.centers[0] for one in seeds])) - half
    high = float(np.mean([one.centers[1] for one in seeds])) + half
    value = float(np.mean(values))
    return max(0.0, min(low, value, others)), min(most, max(high, value, others))


def _with_unseen(seed: SeedModes, score: ModeScore, weights: FloatArray, quantile: float) -> float:
    """Returns the score where modes not seen had as much as they may, in the proportion of `weights`."""
    unseen = np.where(seed.shares > 0, 0.0, weights)
    if not unseen.any():
        return seed.value
    # A mean over several seeds has a wide quantile for what differs between them, not for what each hides.
    bound = min(quantile, student_quantile(CONFIDENCE, max(1, seed.clusters - 1))) ** 2
    share = bound / (seed.size + bound)
    return float(score((1 - share) * seed.shares + share * unseen / unseen.sum()))


def _whole(most: float, quantile: float) -> tuple[float, float]:
    return 0.0, most
