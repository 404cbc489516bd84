"""Spread: how far a mean over contexts and training seeds may be from what new ones would give.

Every training seed plays the same contexts, so the contexts' part is common to them: it neither shrinks with
their number nor shows in what they differ by. A mean of S training seeds on C contexts has the variance
``seeds / S + contexts / C + rest / (S C)`` of a two-way layout with random effects (Searle, Casella and
McCulloch 1992, Variance Components, 4.5). All functions work on the last axes, so that a simulation runs the
same lines as a score does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ilbench.scores.statistics.bootstrap import FloatArray

PRIOR_CONTEXTS = 0.5
"""Contexts thought added, on which every repeat ends as the first: what few outcomes cannot tell.

Without them 60 × 18 episodes at a rate of 0.02 and an intra-class correlation of 0.6 are covered by 85 %,
with them by 95 %; twice as many make intervals up to a tenth wider and cover no more.
"""
PRIOR_SEEDS = 0.5
"""Degrees of freedom that what is thought of training seeds weighs as much as, before any is seen.

Without it three to ten seeds at a rate of 0.05, with a deviation of 0.15 between them, are covered by 72 to
78 %: mostly none of them is the rare good one.
"""
SEED_PART = 0.05
"""Thought of the seeds' part of the variance, as of 20 independent episodes; for two and three seeds."""
SEED_SHARE = 0.2
"""Thought of the share of ``rate (1 - rate)`` that lies between training seeds; for four and more."""
KURTOSIS = 0.5
"""Excess kurtosis that rates of training seeds are thought to have: it takes degrees of freedom from them.

Without it ten seeds at a rate of 0.2 with a deviation of 0.3 are covered by 90 to 91 %, with it by 92 %.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """What each training seed did on each context, on a scale where 0 and 1 are the least and the most.

    Attributes:
        sums: Sums of the outcomes, shape (..., S, C).
        counts: How many outcomes there are, shape (..., S, C); no training seed and no context lacks one.
        is_high: Whether a context has an outcome in the upper half, shape (..., C).
        is_low: Whether it has one in the lower half, shape (..., C).
        most: Most independent outcomes that there can be, shape (...): all of them, or fewer where some are
            the same episode.
        variety: Variance of an outcome over that of outcomes of 0 and 1 with the same mean, in [0, 1]; 1 for
            these. Shape (...).
    """

    sums: FloatArray
    counts: FloatArray
    is_high: NDArray[np.bool_]
    is_low: NDArray[np.bool_]
    most: FloatArray
    variety: FloatArray

    def mean(self) -> FloatArray:
        """Returns the mean outcome, shape (...)."""
        mean: FloatArray = self.sums.sum(axis=(-2, -1)) / self.counts.sum(axis=(-2, -1))
        return mean

    def residuals(self) -> FloatArray:
        """Returns what each cell adds to the mean's error, shape (..., S, C).

        In a balanced layout it is the cell's mean less the whole; in others the ratio of sums made linear.
        """
        size = self.sums.shape[-2] * self.sums.shape[-1]
        mean, total = self.mean()[..., None, None], self.counts.sum(axis=(-2, -1))[..., None, None]
        residuals: FloatArray = (self.sums - mean * self.counts) * size / total
        return residuals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """A mean's variance, in units of that of a single outcome of 0 or 1: one over the effective sample size.

    Attributes:
        seeds: Part of the training seeds, with the rest of each; 0 with one training seed. Shape (...).
        contexts: Part of the contexts, shape (...).
        seeds_freedom: Degrees of freedom of the one, shape (...).
        contexts_freedom: Of the other.
    """

    seeds: FloatArray
    contexts: FloatArray
    seeds_freedom: FloatArray
    contexts_freedom: FloatArray

    @property
    def size(self) -> FloatArray:
        """Effective sample size: so many independent outcomes would tell as much."""
        size: FloatArray = 1 / (self.seeds + self.contexts)
        return size

    @property
    def freedom(self) -> FloatArray:
        """Degrees of freedom, see `satterthwaite`."""
        return satterthwaite(
            np.stack([self.seeds, self.contexts], axis=-1),
            np.stack([self.seeds_freedom, self.contexts_freedom], axis=-1),
        )


def find_spread(cells: Cells) -> Spread:
    """Returns how far the mean of `cells` may be off.

    Mean squares give the parts (method of moments, negative ones as 0). Where outcomes are all but equal they
    give next to nothing, whatever the truth: then rare contexts and rare training seeds were not drawn. So
    the contexts' part is averaged with that of an intra-class correlation of 1, the more so the fewer
    contexts had the rarer outcome, and the seeds' part with `SEED_PART`, the more so the nearer the mean is
    to 0 or 1.
    At exactly 0 or 1 these two are all there is: n is then the number of contexts. The constants were chosen
    by simulation, see ``results/coverage.csv``. One outcome of 0 or 1 on each context is a draw from all
    contexts, whose variance its mean tells: there is nothing to estimate, and n is the number of contexts.

    Args:
        cells: Outcomes in [0, 1].
    """
    num_seeds, num_contexts = cells.sums.shape[-2:]
    if num_seeds == 1 and cells.counts.max() <= 1 and (cells.variety == 1).all():
        nothing = np.zeros(cells.most.shape)
        known = np.full(cells.most.shape, np.inf)
        return Spread(seeds=nothing, contexts=1 / cells.most, seeds_freedom=nothing, contexts_freedom=known)
    mean, residuals = cells.mean(), cells.residuals()
    unit = mean * (1 - mean)
    scale = 1 / np.where(unit > 0, unit, np.inf)
    rarer = np.minimum(cells.is_high.sum(axis=-1), cells.is_low.sum(axis=-1))
    seeds, contexts = (np.maximum(0.0, part) * scale for part in find_parts(residuals, residuals))
    least = cells.variety / cells.most
    if num_seeds == 1:
        contexts = np.maximum(contexts, least)
    contexts = (rarer * contexts + PRIOR_CONTEXTS / num_contexts) / (rarer + PRIOR_CONTEXTS)
    seen = 4 * unit
    if num_seeds > 1:
        weight = (num_seeds - 1) * seen
        prior = min(SEED_PART, SEED_SHARE / num_seeds) * cells.variety
        seeds = (weight * np.maximum(seeds, least) + PRIOR_SEEDS * prior) / (weight + PRIOR_SEEDS)
    lacking = np.maximum(0.0, least - seeds - contexts)
    return Spread(
        seeds=seeds,
        contexts=contexts + lacking,
        seeds_freedom=variance_freedom(num_seeds) + PRIOR_SEEDS * seen,
        contexts_freedom=num_contexts - 1 + PRIOR_CONTEXTS * seen,
    )


def variance_freedom(num_draws: int) -> float:
    """Returns the degrees of freedom of the variance of draws with an excess kurtosis of `KURTOSIS`.

    So many that chi-squared varies as ``s^2`` does: by ``2 / (n - 1) + kurtosis / n`` of it, squared.
    """
    return 2 / (2 / (num_draws - 1) + KURTOSIS / num_draws) if num_draws > 1 else 0.0


def find_parts(
    first: FloatArray, second: FloatArray, *, is_same_contexts: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Returns what training seeds and contexts add to the covariance of two means; of one, to its variance.

    Args:
        first: Residuals of the one, shape (..., S, C).
        second: Of the other, shape (..., S, D): of the same training seeds.
        is_same_contexts: Whether both are of the same contexts; else these add nothing.
    """
    num_seeds, num_contexts = first.shape[-2:]
    rows = first.mean(axis=-1), second.mean(axis=-1)
    columns = first.mean(axis=-2), second.mean(axis=-2)
    seeds = (rows[0] * rows[1]).sum(axis=-1) / max(1, num_seeds * (num_seeds - 1))
    if not is_same_contexts or num_contexts == 1:
        return seeds, np.zeros(seeds.shape)
    contexts = (columns[0] * columns[1]).sum(axis=-1) / (num_contexts * (num_contexts - 1))
    if num_seeds == 1:
        return np.zeros(contexts.shape), contexts
    inner = [
        r - s[..., None] - c[..., None, :] for r, s, c in zip((first, second), rows, columns, strict=True)
    ]
    freedom = (num_seeds - 1) * (num_contexts - 1)
    rest = (inner[0] * inner[1]).sum(axis=(-2, -1)) / freedom / (num_seeds * num_contexts)
    return seeds, contexts - rest


def link(first: Cells, second: Cells, *, is_same_contexts: bool) -> tuple[FloatArray, FloatArray]:
    """Returns the correlation of two means in [-1, 1], and the degrees of freedom of their difference.

    Training seeds that do well on the one and on the other cancel in the difference, as far as they do so; so
    do contexts that are the same, whose part is lowered as Newcombe does (1998, Statistics in Medicine 17,
    2635-2650): from few pairs it overstates what is gained. Without variance in one of them there is no
    correlation.

    Args:
        first: The one.
        second: The other, of the same training seeds.
        is_same_contexts: Whether both are of the same contexts.
    """
    num_contexts = min(first.sums.shape[-1], second.sums.shape[-1])
    seeds, contexts = find_parts(first.residuals(), second.residuals(), is_same_contexts=is_same_contexts)
    parts = seeds, np.where(contexts > 0, np.maximum(0.0, contexts - 0.5 / num_contexts**2), contexts)
    spreads = find_spread(first), find_spread(second)
    units = [mean * (1 - mean) for mean in (first.mean(), second.mean())]
    shared = [
        (getattr(spreads[0], name) * units[0] + getattr(spreads[1], name) * units[1], part)
        for name, part in zip(("seeds", "contexts"), parts, strict=True)
    ]
    scale = np.sqrt(units[0] * units[1] / spreads[0].size / spreads[1].size)
    correlation = np.divide(parts[0] + parts[1], scale, out=np.zeros(scale.shape), where=scale > 0)
    freedom = satterthwaite(
        np.stack([np.maximum(0.0, own - 2 * part) for own, part in shared], axis=-1),
        np.stack(
            [
                np.minimum(spreads[0].seeds_freedom, spreads[1].seeds_freedom),
                np.minimum(
                    np.minimum(spreads[0].contexts_freedom, spreads[1].contexts_freedom),
                    num_contexts - 1.0 if is_same_contexts else np.inf,
                ),
            ],
            axis=-1,
        ),
    )
    own = np.minimum(spreads[0].freedom, spreads[1].freedom)
    return np.clip(correlation, -1.0, 1.0), np.where(scale > 0, freedom, own)


def satterthwaite(variances: FloatArray, freedoms: FloatArray) -> FloatArray:
    """Returns the degrees of freedom of a sum of estimated variances, over the last axis.

    Satterthwaite (1946, Biometrics Bulletin 2, 110-114): ``(sum v)^2 / sum(v^2 / f)``. A part of no variance
    has no say.
    """
    known = variances > 0
    terms = np.divide(variances**2, freedoms, out=np.zeros(variances.shape), where=known & (freedoms > 0))
    total = terms.sum(axis=-1)
    found: FloatArray = np.divide(
        variances.sum(axis=-1) ** 2, total, out=np.full(total.shape, np.inf), where=total > 0
    )
    return found
