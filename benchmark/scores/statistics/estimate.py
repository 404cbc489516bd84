"""Estimates: a value, its interval and its n; and how intervals combine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isinf, sqrt
from statistics import NormalDist
from typing import Literal, TypeAlias

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


Ends: TypeAlias = Callable[[float], tuple[float, float]]
"""From a quantile, of Student's distribution or the normal one, to the ends of an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """What an interval was made of, so that estimates can be added up before a quantile is chosen.

    Intervals of three training seeds are wide for the little that three tell of their variance; over ten
    tasks thirty tell it. To add the intervals themselves would be to doubt it ten times.

    Attributes:
        ends: The interval that a quantile gives.
        freedom: Degrees of freedom of the variance; infinite where it is known.
        size: Of a share, its effective sample size; None of other scores.
    """

    ends: Ends
    freedom: float
    size: float | None = None

    @property
    def variance(self) -> float:
        """The variance: half of the interval of quantile 1, squared."""
        low, high = self.ends(1.0)
        return (high - low) ** 2 / 4

    def interval(self, confidence: float) -> tuple[float, float]:
        """Returns the interval of a confidence."""
        return self.ends(student_quantile(confidence, self.freedom))


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
        scatter: What the interval was made of; None where only the interval is known. No part of the value.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    design: Design | None = None
    speaks_of: Literal["policy", "method"] = "policy"
    scatter: Scatter | None = field(default=None, repr=False, compare=False)

    def spread(self) -> Scatter:
        """Returns `scatter`; where there is none, that of a normal estimate with this interval."""
        return self.scatter or Scatter(
            ends=partial(_normal_ends, self.value, self.low, self.high), freedom=inf
        )

    def scaled(self, factor: float, offset: float = 0.0) -> Estimate:
        """Returns the same on another scale: times `factor` (above 0), plus `offset`."""
        return replace(
            self,
            value=self.value * factor + offset,
            low=self.low * factor + offset,
            high=self.high * factor + offset,
            scatter=self.scatter
            and Scatter(
                ends=partial(_scaled_ends, self.scatter.ends, factor, offset), freedom=self.scatter.freedom
            ),
        )

    def over(self, divisor: float) -> Estimate:
        """Returns the same in another unit, of which one holds `divisor` (above 0) of these."""
        return self.scaled(1 / divisor)


def _normal_ends(value: float, low: float, high: float, quantile: float) -> tuple[float, float]:
    scale = quantile / normal_quantile(CONFIDENCE)
    return value - scale * (value - low), value + scale * (high - value)


def _scaled_ends(ends: Ends, factor: float, offset: float, quantile: float) -> tuple[float, float]:
    low, high = ends(quantile)
    return low * factor + offset, high * factor + offset


def normal_quantile(confidence: float) -> float:
    """Returns z such that a standard normal lies in ``[-z, z]`` with probability `confidence`."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def student_quantile(confidence: float, freedom: float) -> float:
    """Returns t such that Student's distribution lies in ``[-t, t]`` with probability `confidence`."""
    if isinf(freedom):
        return normal_quantile(confidence)
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + confidence / 2))


def difference(
    first: Estimate,
    second: Estimate,
    correlation: float = 0.0,
    *,
    freedom: float | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns ``first - second``; n is the sum of theirs.

    The distances from each value to the ends of its interval are added in quadrature. With Wilson intervals
    this is method 10 of Newcombe (1998, Statistics in Medicine 17, 873-890), which holds its coverage where
    both rates are near 0 or 1. Estimates that share training seeds are positively correlated: without their
    correlation the interval is too wide, never too narrow.

    Args:
        first: The one.
        second: What is taken from it.
        correlation: Of the two estimates, in [-1, 1]; 0 if independent; of rates on common episodes see
            `ilbench.scores.statistics.spread.link`.
        freedom: Degrees of freedom of its variance; found from theirs if None.
        confidence: Of the interval.
    """
    return weighted_sum(
        [first, second],
        [1.0, -1.0],
        "Newcombe" if correlation == 0 else "Newcombe, paired",
        lambda i, j: correlation,
        freedom=freedom,
        confidence=confidence,
    )


def ratio(
    first: Estimate,
    second: Estimate,
    correlation: float = 0.0,
    *,
    freedom: float | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns ``first / second`` of two nonnegative estimates; n is the sum of theirs.

    The interval holds every ratio r for which ``first - r * second`` is compatible with zero, its distances
    added in quadrature (MOVER-R: Donner and Zou 2012, Statistical Methods in Medical Research 21, 347-359).

    Args:
        first: The one.
        second: What it is divided by.
        correlation: Of the two, as for `difference`.
        freedom: As for `difference`.
        confidence: Of the interval.

    Raises:
        UndefinedScoreError: The interval of `second` reaches zero, so the ratio has no upper end.
    """
    parts = first.spread(), second.spread()
    if freedom is None:
        weight = first.value / second.value if second.value else 1.0
        freedom = _freedom([first, second], [1.0, weight], correlation)
    low, high = parts[1].ends(student_quantile(confidence, freedom))
    if second.value <= 0 or low <= 0:
        raise UndefinedScoreError(
            f"no ratio to an estimate of {second.value:.3g} [{low:.3g}, {high:.3g}]; "
            "its interval must lie above zero"
        )
    ends = partial(_ratio_ends, (first.value, second.value), (parts[0].ends, parts[1].ends), correlation)
    return _combined(
        [first, second],
        first.value / second.value,
        Scatter(ends=ends, freedom=freedom),
        "MOVER-R" if correlation == 0 else "MOVER-R, paired",
        confidence,
    )


def _ratio_ends(
    values: tuple[float, float], parts: tuple[Ends, Ends], correlation: float, quantile: float
) -> tuple[float, float]:
    (first, second), (one, other) = values, (ends(quantile) for ends in parts)
    product = first * second
    product_low = product - correlation * (first - one[0]) * (other[1] - second)
    product_high = product - correlation * (one[1] - first) * (second - other[0])
    low_first, high_first = (end * (2 * first - end) for end in one)
    low_second, high_second = (end * (2 * second - end) for end in other)
    high = (product_high + sqrt(max(0.0, product_high**2 - high_first * low_second))) / low_second
    return _ratio_low(product_low, low_first, high_second), high


def _ratio_low(product: float, numerator: float, denominator: float) -> float:
    if numerator <= 0:
        return 0.0
    # The smaller root in the form that also holds where the denominator is zero or negative.
    return numerator / (product + sqrt(max(0.0, product**2 - numerator * denominator)))


def mean(estimates: Sequence[Estimate], *, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the unweighted mean of independent estimates, such as success over tasks; n is their sum.

    The distances to the ends are added in quadrature, see `weighted_sum`. A task counts the same however many
    episodes it has.

    Raises:
        EmptyScoreError: There is no estimate.
    """
    if not estimates:
        raise EmptyScoreError("no mean of no estimates; at least one task must have a score")
    weights = [1 / len(estimates)] * len(estimates)
    return weighted_sum(estimates, weights, "MOVER over tasks", confidence=confidence)


def weighted_sum(
    estimates: Sequence[Estimate],
    weights: Sequence[float],
    method: str,
    correlation: Callable[[int, int], float] = lambda first, second: 0.0,
    *,
    freedom: float | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns the sum of estimates times weights; n is the sum of theirs.

    The distances to the ends are added like standard deviations of that correlation (MOVER: Zou and Donner
    2008, Statistics in Medicine 27, 1693-1702), at the quantile of Student's distribution with the degrees of
    freedom of the sum.

    Args:
        estimates: At least one.
        weights: One for each.
        method: What the interval is called.
        correlation: Of the estimates with the two indexes given, the first the smaller. Where it is positive
            but not given, the interval is too narrow; of a difference, too wide.
        freedom: As for `difference`.
        confidence: Of the interval.
    """
    pairs = tuple((i, j, correlation(i, j)) for j in range(len(estimates)) for i in range(j))
    scatter = Scatter(
        ends=partial(
            _sum_ends,
            tuple(e.value for e in estimates),
            tuple(weights),
            tuple(e.spread().ends for e in estimates),
            tuple(pair for pair in pairs if pair[2]),
        ),
        freedom=_freedom(estimates, weights, max((abs(c) for *_, c in pairs), default=0.0))
        if freedom is None
        else freedom,
    )
    value = sum(w * e.value for w, e in zip(weights, estimates, strict=True))
    return _combined(estimates, value, scatter, method, confidence)


def _sum_ends(
    values: tuple[float, ...],
    weights: tuple[float, ...],
    parts: tuple[Ends, ...],
    pairs: tuple[tuple[int, int, float], ...],
    quantile: float,
) -> tuple[float, float]:
    ends = [of_part(quantile) for of_part in parts]
    value = sum(w * v for w, v in zip(weights, values, strict=True))
    # A negative weight takes the other end, and its sign keeps what the correlation does to the sum.
    lows = [w * (v - (e[0] if w > 0 else e[1])) for w, v, e in zip(weights, values, ends, strict=True)]
    highs = [w * ((e[1] if w > 0 else e[0]) - v) for w, v, e in zip(weights, values, ends, strict=True)]
    signs = [1.0 if w > 0 else -1.0 for w in weights]

    def combined(distances: Sequence[float]) -> float:
        crossed = sum(2 * c * signs[i] * signs[j] * distances[i] * distances[j] for i, j, c in pairs)
        return sqrt(max(0.0, sum(d * d for d in distances) + crossed))

    return value - combined(lows), value + combined(highs)


def _freedom(estimates: Sequence[Estimate], weights: Sequence[float], correlation: float) -> float:
    """Returns the degrees of freedom of a weighted sum (Satterthwaite), of correlated ones the fewest.

    The fewest that a part has are also right where all parts share their training seeds.
    """
    parts = [estimate.spread() for estimate in estimates]
    if correlation:
        return min(part.freedom for part in parts)
    variances = [w**2 * part.variance for w, part in zip(weights, parts, strict=True)]
    total = sum(v**2 / part.freedom for v, part in zip(variances, parts, strict=True))
    return sum(variances) ** 2 / total if total > 0 else inf


def _combined(
    estimates: Sequence[Estimate], value: float, scatter: Scatter, method: str, confidence: float
) -> Estimate:
    low, high = scatter.interval(confidence)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=sum(e.n for e in estimates),
        method=method,
        speaks_of="method" if all(e.speaks_of == "method" for e in estimates) else "policy",
        scatter=scatter,
    )
