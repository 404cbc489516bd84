"""Bounded means: the mean of a column that lies between two ends, with its interval."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from ilbench.scores.sample import Sample
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, Scatter, normal_quantile
from ilbench.scores.statistics.intervals import RateInterval, wilson
from ilbench.scores.statistics.spread import Cells, find_spread


def share(
    sample: Sample,
    values: FloatArray,
    counts: FloatArray | None = None,
    *,
    interval: RateInterval = wilson,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns the mean of a column in [0, 1] with an interval that stays there.

    `interval` is given the effective sample size that `ilbench.scores.statistics.spread` finds, lowered by
    ``(z / t)^2`` for the degrees of freedom of what was found, as Korn and Graubard do (1998, Survey
    Methodology 24, 193-201). Rates and returns are scaled to it, for Wilson's interval also knows that the
    mean of a column near one of its ends is skewed.

    Args:
        sample: Where the column is from.
        values: The column, shape (E,).
        counts: 1.0 where an episode counts, see `Sample.cells`.
        interval: Of a share.
        confidence: Of the interval.
    """
    n = len(values) if counts is None else int(counts.sum())
    return _of_cells(sample, sample.cells(values, counts), n, interval, confidence)


def cell_mean(
    sample: Sample, sums: FloatArray, counts: FloatArray, *, n: int, confidence: float = CONFIDENCE
) -> Estimate:
    """Returns the mean of one number in [0, 1] a cell, every cell counting the same, as `share` does.

    Args:
        sample: Where the cells are from.
        sums: The number by training seed and cluster, shape (S, C); 0 where the cell has none.
        counts: 1.0 where the cell has one, else 0.0; every training seed has some.
        n: How many episodes the numbers rest on.
        confidence: Of the interval.
    """
    kept = counts.any(axis=0)
    sums, counts = sums[:, kept], counts[:, kept]
    mean = sums.sum() / counts.sum()
    unit = mean * (1 - mean)
    variance = (counts * (sums - mean) ** 2).sum() / counts.sum()
    cells = Cells(
        sums=sums,
        counts=counts,
        is_high=(sums > 0.5).any(axis=0),
        is_low=((sums <= 0.5) & (counts > 0)).any(axis=0),
        most=np.asarray(counts.sum()),
        variety=np.asarray(variance / unit if unit > 0 else 1.0),
    )
    return _of_cells(sample, cells, n, wilson, confidence)


def _of_cells(sample: Sample, cells: Cells, n: int, interval: RateInterval, confidence: float) -> Estimate:
    spread = find_spread(cells)
    value = float(cells.mean())
    ends = partial(_ends, interval, value, float(spread.size), normal_quantile(confidence), confidence)
    scatter = Scatter(ends=ends, freedom=float(spread.freedom), size=float(spread.size))
    low, high = scatter.interval(confidence)
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=n,
        method=f"{interval(1, 2, confidence).method} over {sample.over()}",
        design=sample.design,
        speaks_of=sample.speaks_of,
        scatter=scatter,
    )


def bounded_mean(
    sample: Sample,
    values: FloatArray,
    ends: tuple[float, float],
    counts: FloatArray | None = None,
    *,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns the mean of a column with Wilson's interval on the scale of its ends.

    The ends are the least and the greatest value that occurred, or further out where such are known: a rare
    failure that no episode shows is else in no interval. Of 20 draws from an exponential distribution 93 %
    cover, where Student's interval has 90 %; of 20 normal ones both have 95 %.

    Args:
        sample: Where the column is from.
        values: The column, shape (E,).
        ends: The least and the greatest value; where they are equal the interval has no width.
        counts: 1.0 where an episode counts, see `Sample.cells`.
        confidence: Of the interval.
    """
    low, high = ends
    if low == high:
        none = share(sample, values * 0.0, counts, confidence=confidence)
        point = partial(_point, low)
        scatter = Scatter(ends=point, freedom=none.spread().freedom)
        return replace(none, value=low, low=low, high=low, method="none, for all are equal", scatter=scatter)
    return share(sample, (values - low) / (high - low), counts, confidence=confidence).scaled(high - low, low)


def _ends(
    interval: RateInterval, value: float, size: float, normal: float, confidence: float, quantile: float
) -> tuple[float, float]:
    lowered = size * (normal / quantile) ** 2
    found = interval(value * lowered, lowered, confidence)
    return found.low, found.high


def _point(value: float, quantile: float) -> tuple[float, float]:
    return value, value
