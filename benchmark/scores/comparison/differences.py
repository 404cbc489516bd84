"""Differences of two policies' mean outcomes: the interval, the test, and what could have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import lcm, sqrt

import numpy as np

from ilbench.scores.comparison.paired_tests import sign_flip_test
from ilbench.scores.comparison.spread import (
    Line,
    Spread,
    find_spread,
    merge_lines,
    side_variance,
    speaks_of_methods,
)
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, difference, normal_quantile
from ilbench.scores.statistics.intervals import wilson

SIGNIFICANCE = 0.05
"""Probability of calling two equal policies different."""
POWER = 0.8
"""Probability of seeing the difference that is called detectable."""


def unit_differences(lines: Sequence[Line]) -> FloatArray:
    """Returns first less second by unit, shape (..., U), whole numbers for whole outcomes.

    Summed over the unit's episodes and all pairs of a training seed of one with one of the other, every task
    weighing the same, so that the signs are those of the means and the sizes in proportion to them. Lines of
    one task have their contexts in common.
    """
    tasks = [line.task for line in lines]
    shares = [
        line.first.shape[-2] * line.second.shape[-2] * int(line.sizes.sum()) * tasks.count(line.task)
        for line in lines
    ]
    multiple = lcm(*shares)
    parts = [
        (line.second.shape[-2] * line.first.sum(axis=-2) - line.first.shape[-2] * line.second.sum(axis=-2))
        * (multiple // share)
        for line, share in zip(lines, shares, strict=True)
    ]
    return np.concatenate(merge_lines(parts, tasks, [line.units for line in lines]), axis=-1)


def p_value(lines: Sequence[Line]) -> float | None:
    """Returns the two-sided p-value that two policies have equal success; None where nothing can be tested.

    Over contexts the sign-flip test, whose units are contexts with their repeats: it speaks of these
    policies. Where both have two or more training seeds on every line the larger of that and of Student's
    test over training seeds and contexts (`find_spread`): it speaks of the methods. With one unit, which is
    one context on which neither policy ever does anything else, there is no test of policies.
    """
    units = unit_differences(lines)
    over_contexts = sign_flip_test(units) if units.shape[-1] > 1 else None
    if not speaks_of_methods(lines):
        return over_contexts
    return max(over_contexts or 0.0, float(find_spread(lines).p_value()))


def t_interval(spread: Spread, n: int, over: str, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the difference with Student's interval (`Spread.tail`); of no width if nothing varied."""
    value = float(spread.difference)
    half = spread.quantile(0.5 + confidence / 2) * sqrt(float(spread.variance))
    return Estimate(value=value, low=value - half, high=value + half, n=n, method=f"Student's t over {over}")


def rate_interval(
    line: Line, num_independent: tuple[int, int], n: int, over: str, confidence: float = CONFIDENCE
) -> Estimate:
    """Returns the difference of success of one line, in [-1, 1], with an interval that knows its ends.

    Wilson's intervals of both rates at their effective numbers of episodes, ``p (1 - p) / variance``, put
    together with the correlation of the two (method 10 of Newcombe 1998, Statistics in Medicine 17,
    2635-2650). Where rates are not near 0 and 1 it is Student's interval; where an outcome never varied it
    still has a width. The effective numbers are lowered for the few degrees of freedom of the variance, as
    Korn and Graubard (1998, Survey Methodology 24, 193-201) do.

    Args:
        line: Sums of successes.
        num_independent: Episodes or contexts that count as independent where one policy's outcome never
            varied.
        n: Common episodes, said with the interval.
        over: What was drawn, for the name.
        confidence: Of the interval.
    """
    spread = find_spread([line])
    stretch = (normal_quantile(confidence) / spread.quantile(0.5 + confidence / 2)) ** 2
    rates = [float(side.mean()) for side in line.rates()]
    variances = [float(side_variance(line, side)) for side in (0, 1)]
    sides = []
    for rate, variance, most, seeds in zip(rates, variances, num_independent, line.num_seeds, strict=True):
        count = float(most)
        if variance > 0 and 0 < rate < 1:
            limit = float(line.sizes.sum()) * (seeds if speaks_of_methods([line]) else 1)
            count = max(1.0, stretch * min(rate * (1 - rate) / variance, limit))
        sides.append(wilson(rate * count, count, confidence))
    correlation = _correlation(rates, variances, float(spread.variance), len(line.sizes))
    one, other = sides
    found = difference(one, other, correlation)
    return replace(found, value=float(spread.difference), n=n, method=f"Newcombe, paired, over {over}")


def detectable(interval: Estimate, spread: Spread, confidence: float = CONFIDENCE) -> float:
    """Returns the least difference that this design shows with a probability of `POWER` at `SIGNIFICANCE`.

    ``(t_a + t_b) / t_c`` half-widths of the interval, with the quantiles of the significance, of the power
    and of the confidence: with the variances found it is what `ilbench.scores.comparison.power` plans with.
    Differences of two policies and of two methods, whichever the comparison speaks of.
    """
    quantiles = spread.quantile(1 - SIGNIFICANCE / 2) + spread.quantile(POWER)
    return (interval.high - interval.low) / 2 * quantiles / spread.quantile(0.5 + confidence / 2)


def _correlation(rates: Sequence[float], variances: Sequence[float], of_both: float, num_units: int) -> float:
    """Returns the correlation of two rates, lowered where it is positive as Newcombe (1998) lowers it."""
    scale = sqrt(variances[0] * variances[1])
    if scale == 0:
        return 0.0
    found = max(-1.0, min(1.0, (sum(variances) - of_both) / (2 * scale)))
    if found <= 0:
        return found
    outcomes = sqrt(rates[0] * (1 - rates[0]) * rates[1] * (1 - rates[1]))
    return max(0.0, found - 1 / (2 * num_units * outcomes)) if outcomes else 0.0
