"""Estimates: a value, its interval and its n; and how intervals combine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist
from typing import Literal

from ilbench.errors import EmptyScoreError, ILBenchError

CONFIDENCE = 0.95
"""Confidence of every interval, unless a caller asks for another."""


class UndefinedScoreError(ILBenchError):
    """A score that the episodes given cannot define, such as a ratio to a rate of zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How many episodes there were, and of what: ``60×18×3`` is contexts × repeats × training seeds.

    Attributes:
        contexts: Different contexts.
        repeats: The greatest number of episodes that one training seed has on one context.
        training_seeds: Training seeds.
        distinct: Different episodes, by context and actions: a policy that draws nothing repeats itself.
    """

    contexts: int
    repeats: int
    training_seeds: int
    distinct: int

    def __str__(self) -> str:
        return f"{self.contexts}×{self.repeats}×{self.training_seeds}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that episodes tell, with how well they tell it.

    Attributes:
        value: The point estimate.
        low: Lower end of the interval.
        high: Upper end of the interval.
        n: How many episodes it rests on.
        method: How the interval was made.
        design: Of what those episodes are; None where estimates of several tasks were combined.
        speaks_of: Whether the interval is about one trained policy, or about the method that trained several.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    design: Design | None = None
    speaks_of: Literal["policy", "method"] = "policy"

    def over(self, divisor: float) -> Estimate:
        """Returns the same in another unit, of which one holds `divisor` (above 0) of these."""
        return replace(self, value=self.value / divisor, low=self.low / divisor, high=self.high / divisor)


def normal_quantile(confidence: float) -> float:
    """Returns z such that a standard normal lies in ``[-z, z]`` with probability `confidence`."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def difference(first: Estimate, second: Estimate, correlation: float = 0.0) -> Estimate:
    """Returns ``first - second``; n is the sum of theirs.

    The distances from each value to the ends of its interval are added in quadrature. With Wilson intervals
    this is method 10 of Newcombe (1998, Statistics in Medicine 17, 873-890), which holds its coverage where
    both rates are near 0 or 1. Estimates that share training seeds are positively correlated: without their
    correlation the interval is too wide, never too narrow.

    Args:
        first: The one.
        second: What is taken from it.
        correlation: Of the two estimates, in [-1, 1]; 0 if independent; of rates on common episodes see
            `ilbench.scores.statistics.paired`.
    """
    value = first.value - second.value
    return Estimate(
        value=value,
        low=value - _norm(first.value - first.low, second.high - second.value, -correlation),
        high=value + _norm(first.high - first.value, second.value - second.low, -correlation),
        n=first.n + second.n,
        method="Newcombe" if correlation == 0 else "Newcombe, paired",
    )


def _norm(first: float, second: float, correlation: float) -> float:
    return sqrt(max(0.0, first**2 + 2 * correlation * first * second + second**2))


def ratio(first: Estimate, second: Estimate, correlation: float = 0.0) -> Estimate:
    """Returns ``first / second`` of two nonnegative estimates; n is the sum of theirs.

    The interval holds every ratio r for which ``first - r * second`` is compatible with zero, its distances
    added in quadrature (MOVER-R: Donner and Zou 2012, Statistical Methods in Medical Research 21, 347-359).

    Args:
        first: The one.
        second: What it is divided by.
        correlation: Of the two, as for `difference`.

    Raises:
        UndefinedScoreError: The interval of `second` reaches zero, so the ratio has no upper end.
    """
    if second.value <= 0 or second.low <= 0:
        raise UndefinedScoreError(
            f"no ratio to an estimate of {second.value:.3g} [{second.low:.3g}, {second.high:.3g}]; "
            "its interval must lie above zero"
        )
    product = first.value * second.value
    product_low = product - correlation * (first.value - first.low) * (second.high - second.value)
    product_high = product - correlation * (first.high - first.value) * (second.value - second.low)
    low_first = first.low * (2 * first.value - first.low)
    high_first = first.high * (2 * first.value - first.high)
    low_second = second.low * (2 * second.value - second.low)
    high_second = second.high * (2 * second.value - second.high)
    return Estimate(
        value=first.value / second.value,
        low=_ratio_low(product_low, low_first, high_second),
        high=(product_high + sqrt(max(0.0, product_high**2 - high_first * low_second))) / low_second,
        n=first.n + second.n,
        method="MOVER-R" if correlation == 0 else "MOVER-R, paired",
    )


def _ratio_low(product: float, numerator: float, denominator: float) -> float:
    if numerator <= 0:
        return 0.0
    # The smaller root in the form that also holds where the denominator is zero or negative.
    return numerator / (product + sqrt(max(0.0, product**2 - numerator * denominator)))


def mean(estimates: Sequence[Estimate]) -> Estimate:
    """Returns the unweighted mean of independent estimates, such as success over tasks; n is their sum.

    The distances to the ends are added in quadrature, see `weighted_sum`. A task counts the same however many
    episodes it has.

    Raises:
        EmptyScoreError: There is no estimate.
    """
    if not estimates:
        raise EmptyScoreError("no mean of no estimates; at least one task must have a score")
    return weighted_sum(estimates, [1 / len(estimates)] * len(estimates), "MOVER over tasks")


def weighted_sum(
    estimates: Sequence[Estimate],
    weights: Sequence[float],
    method: str,
    correlation: Callable[[int, int], float] = lambda first, second: 0.0,
) -> Estimate:
    """Returns the sum of estimates times nonnegative weights; n is the sum of theirs.

    The distances to the ends are added like standard deviations of that correlation (MOVER: Zou and Donner
    2008, Statistics in Medicine 27, 1693-1702).

    Args:
        estimates: At least one.
        weights: One for each.
        method: What the interval is called.
        correlation: Of the estimates with the two indexes given, the first the smaller. Where it is positive
            but not given, the interval is too narrow.
    """
    value = sum(w * e.value for w, e in zip(weights, estimates, strict=True))
    lows = [w * (e.value - e.low) for w, e in zip(weights, estimates, strict=True)]
    highs = [w * (e.high - e.value) for w, e in zip(weights, estimates, strict=True)]
    pairs = [(i, j, 2 * correlation(i, j)) for j in range(len(estimates)) for i in range(j)]

    def combined(parts: Sequence[float]) -> float:
        return sqrt(max(0.0, sum(d * d for d in parts) + sum(c * parts[i] * parts[j] for i, j, c in pairs)))

    return Estimate(
        value=value,
        low=value - combined(lows),
        high=value + combined(highs),
        n=sum(e.n for e in estimates),
        method=method,
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
