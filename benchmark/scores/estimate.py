"""Estimates: a value, its interval and its n; and how intervals combine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from ilbench.errors import EmptyScoreError, ILBenchError

CONFIDENCE = 0.95
"""Confidence of every interval, unless a caller asks for another."""


class UndefinedScoreError(ILBenchError):
    """A score that the episodes given cannot define, such as a ratio to a rate of zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that episodes tell, with how well they tell it.

    Attributes:
        value: The point estimate.
        low: Lower end of the interval.
        high: Upper end of the interval.
        n: How many episodes it rests on.
        method: How the interval was made.
    """

    value: float
    low: float
    high: float
    n: int
    method: str


def normal_quantile(confidence: float) -> float:
    """Returns z such that a standard normal lies in ``[-z, z]`` with probability `confidence`."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Returns ``first - second`` of two independent estimates; n is the sum of theirs.

    The distances from each value to the ends of its interval are added in quadrature. With Wilson intervals
    this is method 10 of Newcombe (1998, Statistics in Medicine 17, 873-890), which holds its coverage where
    both rates are near 0 or 1. Estimates that share training seeds are positively correlated: for them the
    interval is too wide, never too narrow.
    """
    value = first.value - second.value
    return Estimate(
        value=value,
        low=value - sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2),
        high=value + sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2),
        n=first.n + second.n,
        method="Newcombe",
    )


def ratio(first: Estimate, second: Estimate) -> Estimate:
    """Returns ``first / second`` of two independent, nonnegative estimates; n is the sum of theirs.

    The interval holds every ratio r for which ``first - r * second`` is compatible with zero, its distances
    added in quadrature (MOVER-R: Donner and Zou 2012, Statistical Methods in Medical Research 21, 347-359).

    Raises:
        UndefinedScoreError: The interval of `second` reaches zero, so the ratio has no upper end.
    """
    if second.value <= 0 or second.low <= 0:
        raise UndefinedScoreError(
            f"no ratio to an estimate of {second.value:.3g} [{second.low:.3g}, {second.high:.3g}]; "
            "its interval must lie above zero"
        )
    product = first.value * second.value
    low_first = first.low * (2 * first.value - first.low)
    high_first = first.high * (2 * first.value - first.high)
    low_second = second.low * (2 * second.value - second.low)
    high_second = second.high * (2 * second.value - second.high)
    return Estimate(
        value=first.value / second.value,
        low=_ratio_low(product, low_first, high_second),
        high=(product + sqrt(max(0.0, product**2 - high_first * low_second))) / low_second,
        n=first.n + second.n,
        method="MOVER-R",
    )


def _ratio_low(product: float, numerator: float, denominator: float) -> float:
    if numerator <= 0:
        return 0.0
    # The smaller root in the form that also holds where the denominator is zero or negative.
    return numerator / (product + sqrt(max(0.0, product**2 - numerator * denominator)))


def mean(estimates: Sequence[Estimate]) -> Estimate:
    """Returns the unweighted mean of independent estimates, such as success over tasks; n is their sum.

    The distances to the ends are added in quadrature (MOVER: Zou and Donner 2008, Statistics in Medicine 27,
    1693-1702). A task counts the same however many episodes it has.

    Raises:
        EmptyScoreError: There is no estimate.
    """
    if not estimates:
        raise EmptyScoreError("no mean of no estimates; at least one task must have a score")
    count = len(estimates)
    value = sum(e.value for e in estimates) / count
    return Estimate(
        value=value,
        low=value - sqrt(sum((e.value - e.low) ** 2 for e in estimates)) / count,
        high=value + sqrt(sum((e.high - e.value) ** 2 for e in estimates)) / count,
        n=sum(e.n for e in estimates),
        method="MOVER over tasks",
    )


def hull(first: Estimate, second: Estimate, method: str) -> Estimate:
    """Returns `first` with the smallest interval that holds both estimates' intervals."""
    return Estimate(
        value=first.value,
        low=min(first.low, second.low),
        high=max(first.high, second.high),
        n=first.n,
        method=method,
    )
