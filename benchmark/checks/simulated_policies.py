"""Simulated policies: outcomes of training seeds on contexts, of a known success rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.spread import Cells

DESIGNS = ((1, 480), (20, 1), (30, 4), (60, 18), (200, 1), (30, 16))
"""Contexts and repeats: D3IL's Avoiding, what a quick look has, and the presets of the tasks that ship."""
RATES = (0.0, 0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98, 1.0)
CORRELATIONS = (0.0, 0.1, 0.3, 0.6, 1.0)
SEEDS = (1, 2, 3, 5, 10)
DEVIATIONS = (0.0, 0.05, 0.15, 0.3)
MOST_BETWEEN_SEEDS = 0.9
"""Of ``rate (1 - rate)``, the most that may lie between training seeds: near 0 and 1 there is no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A policy, or a method, and what it plays.

    Attributes:
        contexts: How many contexts.
        repeats: Episodes of each training seed on each.
        seeds: Training seeds.
        rate: Success rate over all contexts and training seeds that there could be.
        correlation: Correlation of two episodes of one training seed on one context.
        deviation: Standard deviation of the training seeds' rates.
    """

    contexts: int
    repeats: int
    seeds: int = 1
    rate: float = 0.5
    correlation: float = 0.0
    deviation: float = 0.0


def layouts(
    designs: Sequence[tuple[int, int]] = DESIGNS,
    rates: Sequence[float] = RATES,
    correlations: Sequence[float] = CORRELATIONS,
    seeds: Sequence[int] = SEEDS,
    deviations: Sequence[float] = DEVIATIONS,
) -> Iterator[Layout]:
    """Yields every combination that is different from the others.

    One training seed has no deviation, one context no correlation, and rates of 0 and 1 have neither.
    """
    for number in seeds:
        for contexts, repeats in designs:
            for rate in rates:
                varies = 0 < rate < 1
                for correlation in correlations if varies and contexts > 1 else correlations[:1]:
                    for deviation in deviations if varies and number > 1 else deviations[:1]:
                        yield Layout(
                            contexts=contexts,
                            repeats=repeats,
                            seeds=number,
                            rate=rate,
                            correlation=correlation,
                            deviation=deviation,
                        )


def draw_rates(rng: np.random.Generator, layout: Layout, trials: int) -> FloatArray:
    """Returns success probabilities by trial, training seed and context, shape (T, S, C).

    Contexts and training seeds follow beta distributions with the layout's mean. Every training seed plays
    the same contexts: one worse than the mean has the context's probability times what it keeps, one better
    loses its failures alike, so that over contexts each has its own rate.
    """
    rate, shape = layout.rate, (trials, layout.seeds, layout.contexts)
    if not 0 < rate < 1:
        return np.full(shape, rate)
    contexts = _beta(rng, rate, layout.correlation, (trials, 1, layout.contexts))
    share = min(layout.deviation**2 / (rate * (1 - rate)), MOST_BETWEEN_SEEDS)
    seeds = _beta(rng, rate, share, (trials, layout.seeds, 1))
    worse = contexts * (seeds / rate)
    better = 1 - (1 - contexts) * ((1 - seeds) / (1 - rate))
    return np.clip(np.where(seeds <= rate, worse, better), 0.0, 1.0)


def draw_outcomes(rng: np.random.Generator, rates: FloatArray, repeats: int) -> FloatArray:
    """Returns how many of `repeats` episodes succeeded, of the shape of `rates`."""
    if repeats == 1:
        return (rng.random(rates.shape) < rates).astype(np.float64)
    return rng.binomial(repeats, rates).astype(np.float64)


def draw_cells(rng: np.random.Generator, layout: Layout, trials: int) -> Cells:
    """Returns outcomes as scores count them; the repeats of a single context are clusters of their own."""
    if layout.contexts == 1:
        rates = draw_rates(rng, layout, trials)
        rates = np.broadcast_to(rates, (trials, layout.seeds, layout.repeats))
        return to_cells(draw_outcomes(rng, rates, 1), 1)
    return to_cells(draw_outcomes(rng, draw_rates(rng, layout, trials), layout.repeats), layout.repeats)


def to_cells(successes: FloatArray, repeats: int) -> Cells:
    """Returns numbers of successes among `repeats` different episodes, shape (..., S, C), as cells."""
    size = successes.shape[-1] * successes.shape[-2] * repeats
    return Cells(
        sums=successes,
        counts=np.full(successes.shape, float(repeats)),
        is_high=(successes > 0).any(axis=-2),
        is_low=(successes < repeats).any(axis=-2),
        most=np.full(successes.shape[:-2], float(size)),
        variety=np.ones(successes.shape[:-2]),
    )


def _beta(rng: np.random.Generator, mean: float, share: float, shape: tuple[int, ...]) -> FloatArray:
    """Returns draws of a mean and of `share` of the most variance that it allows."""
    if share <= 0:
        return np.full(shape, mean)
    if share >= 1:
        return (rng.random(shape) < mean).astype(np.float64)
    weight = 1 / share - 1
    return rng.beta(mean * weight, (1 - mean) * weight, shape)
