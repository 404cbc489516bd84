"""Spread: how much a difference of mean outcomes varies over contexts and over training seeds.

Every function takes leading axes before those named, so that many comparisons are made at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ilbench.scores.statistics.bootstrap import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Outcomes of two policies on the common episodes of one task and split, added up by unit.

    Attributes:
        first: Sums of the first policy's outcomes, shape (..., S, U): training seeds, units.
        second: Those of the second, shape (..., T, U).
        sizes: Episodes of each unit that one training seed has played, shape (U,).
        units: The context of each unit, or the repeat where all have one context, shape (U,).
        task: What the line is of; lines of one task share their contexts.
    """

    first: FloatArray
    second: FloatArray
    sizes: FloatArray
    units: NDArray[np.int64]
    task: str = ""

    @property
    def num_seeds(self) -> tuple[int, int]:
        """Training seeds of the first and of the second."""
        return self.first.shape[-2], self.second.shape[-2]

    def pooled(self) -> Line:
        """Returns the same with the mean over each policy's training seeds as its only one."""
        first, second = (side.mean(axis=-2, keepdims=True) for side in (self.first, self.second))
        return replace(self, first=first, second=second)

    def rates(self) -> tuple[FloatArray, FloatArray]:
        """Returns the mean outcome of each training seed, shapes (..., S) and (..., T)."""
        total = self.sizes.sum()
        return self.first.sum(axis=-1) / total, self.second.sum(axis=-1) / total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """A difference of means with its variance, each of shape (...).

    Attributes:
        difference: First less second.
        variance: Its variance.
        share: Of that variance, the share that contexts make, in [0, 1]; training seeds make the rest.
        of_contexts: Degrees of freedom of the variance over contexts, at least 1.
        of_seeds: Those of the variance over training seeds, at least 1.
    """

    difference: FloatArray
    variance: FloatArray
    share: FloatArray
    of_contexts: FloatArray
    of_seeds: FloatArray

    def p_value(self) -> FloatArray:
        """Returns the two-sided p-value that the difference is 0; where nothing varied, 0 or 1."""
        is_certain = self.variance <= 0
        error = np.sqrt(np.where(is_certain, 1.0, self.variance))
        p_values = 2 * self.tail(np.abs(self.difference) / error)
        return np.where(is_certain, (self.difference == 0).astype(np.float64), p_values)

    def tail(self, ratio: FloatArray) -> FloatArray:
        """Returns how likely a difference exceeds so many standard errors, if there is none.

        Student's distributions with the degrees of freedom of contexts and of training seeds, mixed by their
        shares: what Cochran and Cox (1957, Experimental Designs, 4.14) do with quantiles. Satterthwaite's
        degrees of freedom, which lie between, err with up to 8 % where it takes a p of less than .01.
        """
        from scipy.special import stdtr

        of_seeds = np.where(self.share < 1, stdtr(self.of_seeds, -ratio), 0.0)
        return np.asarray(self.share * stdtr(self.of_contexts, -ratio) + (1 - self.share) * of_seeds)

    def quantile(self, probability: float) -> float:
        """Returns how many standard errors are exceeded with ``1 - probability`` (below 1/2), of one spread.

        Where nothing varied it is that of the normal distribution.
        """
        from scipy.special import stdtrit

        if self.variance <= 0:
            return NormalDist().inv_cdf(probability)
        if self.share == 1:
            return float(stdtrit(self.of_contexts, probability))
        freedom = self.of_contexts, self.of_seeds
        low, high = (float(f(stdtrit(freedom, probability))) for f in (np.min, np.max))
        while high - low > 1e-9 * high:
            middle = (low + high) / 2
            is_below = self.tail(np.asarray(middle)) > 1 - probability
            low, high = (middle, high) if is_below else (low, middle)
        return high


def speaks_of_methods(lines: Sequence[Line]) -> bool:
    """Returns whether both policies have two or more training seeds on every line."""
    return min(min(line.num_seeds) for line in lines) > 1


def line_weights(lines: Sequence[Line]) -> list[float]:
    """Returns the weight of each line: every task counts the same, and every line of a task."""
    tasks = [line.task for line in lines]
    return [1 / (len(set(tasks)) * tasks.count(task)) for task in tasks]


def find_spread(lines: Sequence[Line]) -> Spread:
    """Returns the difference of the mean outcomes, every task weighing the same, with its variance.

    Where both policies have several training seeds, contexts and training seeds both are draws, crossed with
    each other: the variances over clusters of training seeds and over contexts are added, and what both count
    is taken off once (Cameron, Gelbach and Miller 2011, Journal of Business & Economic Statistics 29,
    238-249), no component counting less than nothing. The difference then speaks of new training seeds on new
    contexts. Else only contexts are draws, and it speaks of these policies. With one context and one repeat
    over training seeds it is Welch's test. Degrees of freedom are those of Satterthwaite (1946, Biometrics
    Bulletin 2, 110-114), of contexts and of training seeds apart.

    A training seed with the same place on every line counts as one draw, since it may be one policy that
    played them all; where the lines have different numbers of training seeds, they are taken for several.
    """
    blocks = [_block(line, weight) for line, weight in zip(lines, line_weights(lines), strict=True)]
    keys = [(line.task, *line.num_seeds) for line in lines]
    units = [line.units for line in lines]
    merged = [merge_lines([block[side] for block in blocks], keys, units) for side in (0, 1)]
    rates = [line.rates() for line in lines]
    difference = np.sum(
        [
            weight * (first.mean(axis=-1) - second.mean(axis=-1))
            for weight, (first, second) in zip(line_weights(lines), rates, strict=True)
        ],
        axis=0,
    )
    contexts = [_over_contexts(first, second) for first, second in zip(*merged, strict=True)]
    crossed = np.zeros_like(difference)
    freedom = np.ones_like(difference)
    variance = over_contexts = _sum(contexts)
    if speaks_of_methods(lines):
        draws = _over_seeds([first for first, _ in blocks]) + _over_seeds([second for _, second in blocks])
        seeds, freedom = _sum(draws), _freedom(draws)
        crossed = np.sum([_crossed(block) for side in merged for block in side], axis=0)
        variance = np.maximum(seeds + over_contexts - crossed, np.maximum(seeds, over_contexts))
    own = np.clip(over_contexts - crossed, 0.0, None)
    return Spread(
        difference=difference,
        variance=variance,
        share=np.divide(own, variance, out=np.ones_like(variance), where=variance > 0),
        of_contexts=_freedom(contexts),
        of_seeds=freedom,
    )


def side_variance(line: Line, side: int) -> FloatArray:
    """Returns the variance of the mean outcome of the first (0) or second policy (1), as `find_spread`."""
    sums = (line.first, line.second)[side]
    nothing = np.zeros((*sums.shape[:-2], 2 if speaks_of_methods([line]) else 1, sums.shape[-1]))
    alone = Line(first=sums, second=nothing, sizes=line.sizes, units=line.units)
    return find_spread([alone]).variance


_Component = tuple[FloatArray, float]
"""A variance, and its degrees of freedom."""


def _block(line: Line, weight: float) -> tuple[FloatArray, FloatArray]:
    """Returns what each training seed and unit adds to the difference, less what it would on average."""
    total = line.sizes.sum()

    def centered(sums: FloatArray) -> FloatArray:
        mean = sums.sum(axis=-1).mean(axis=-1) / total
        return np.asarray(weight / total * (sums - mean[..., None, None] * line.sizes))

    return centered(line.first), centered(line.second)


def merge_lines(
    parts: Sequence[FloatArray], keys: Sequence[object], units: Sequence[NDArray[np.int64]]
) -> list[FloatArray]:
    """Returns one array a key, shape (..., U): lines with one key may have units in common, and are added up.

    Args:
        parts: One a line, its last axis the units.
        keys: What each line belongs to, such as its task.
        units: The units of each line, rising.
    """
    lines: dict[object, list[int]] = {}
    for i, key in enumerate(keys):
        lines.setdefault(key, []).append(i)
    found = []
    for of_key in lines.values():
        places = np.unique(np.concatenate([units[i] for i in of_key]))
        found.append(np.asarray(np.sum([_placed(parts[i], units[i], places) for i in of_key], axis=0)))
    return found


def _placed(sums: FloatArray, units: NDArray[np.int64], places: NDArray[np.int64]) -> FloatArray:
    if len(units) == len(places):
        return sums
    found = np.zeros((*sums.shape[:-1], len(places)))
    found[..., np.searchsorted(places, units)] = sums
    return found


def _over_contexts(first: FloatArray, second: FloatArray) -> _Component:
    count = first.shape[-1]
    by_unit = first.mean(axis=-2) - second.mean(axis=-2)
    if count == 1:
        return np.zeros(by_unit.shape[:-1]), 1.0
    return (by_unit**2).sum(axis=-1) * count / (count - 1), count - 1.0


def _over_seeds(blocks: Sequence[FloatArray]) -> list[_Component]:
    rows = [block.sum(axis=-1) for block in blocks]
    if len({row.shape[-1] for row in rows}) == 1:
        rows = [np.sum(rows, axis=0)]
    return [(row.var(axis=-1, ddof=1) / row.shape[-1], row.shape[-1] - 1.0) for row in rows]


def _crossed(block: FloatArray) -> FloatArray:
    """Returns the variance that both over training seeds and over contexts count."""
    seeds, units = block.shape[-2:]
    if units == 1:
        return np.zeros(block.shape[:-2])
    rest = block - block.mean(axis=-2, keepdims=True) - block.mean(axis=-1, keepdims=True)
    return np.asarray((rest**2).sum(axis=(-1, -2)) * units / (seeds * (seeds - 1.0) * (units - 1.0)))


def _sum(components: Sequence[_Component]) -> FloatArray:
    return np.asarray(np.sum([value for value, _ in components], axis=0))


def _freedom(components: Sequence[_Component]) -> FloatArray:
    total = _sum(components)
    bottom = np.sum([value**2 / freedom for value, freedom in components], axis=0)
    return np.divide(total**2, bottom, out=np.ones_like(total), where=bottom > 0)
