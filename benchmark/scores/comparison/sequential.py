"""A test that may be looked at after every context: when a comparison could have been called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log

import numpy as np
from numpy.typing import ArrayLike

from ilbench.errors import ILBenchError
from ilbench.scores.comparison.differences import SIGNIFICANCE
from ilbench.scores.statistics.bootstrap import FloatArray

NUM_BETS = 64
"""Sizes of a bet that are followed at once; with twice as many units the average over all is exact."""
MAX_TURNS = 1e6
"""Of more times the units played, no expectation is given."""
_STEPS = 20
"""Halvings that find an end of the interval, to a millionth."""


class OutOfBoundsError(ILBenchError):
    """An outcome outside the bounds that it was said to have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """What a sequential test says of two policies.

    Attributes:
        p_value: Valid at whatever moment one stops, in (0, 1]; None where there is nothing to test.
        called_after: Common episodes after which it was first at most the significance; None if not yet.
        more_expected: Further common episodes after which it is expected to be, should the rest go like those
            played; None if called, or if no number of them is in sight.
        num_discordant: Units (contexts with their repeats) in which the policies differed.
        low: Lower end of an interval of the difference that is valid at whatever moment one stops.
        high: Upper end.
    """

    p_value: float | None
    called_after: int | None
    more_expected: int | None
    num_discordant: int
    low: float
    high: float


def sequential_test(
    differences: ArrayLike, num_episodes: ArrayLike, *, significance: float = SIGNIFICANCE
) -> SequentialTest:
    """Returns the sequential test that differences, in the order in which they are played, have the mean 0.

    For every share b in [-1, 1] a player bets b times the wealth that the next difference is positive: after
    differences d the wealth is the product of ``1 + b d``, which no one expects to grow if their mean is 0
    whatever came before. All b are followed at once, a uniform part of the wealth each; for differences of
    -1, 0 and 1 that is Laplace's rule on the discordant ones, ``2^t B(k + 1, t - k + 1)`` after k of t. By
    the inequality of Ville (1939) the whole ever reaches 1 / significance with at most that probability,
    however often one looks (capital process of Waudby-Smith and Ramdas 2023, Journal of the Royal
    Statistical Society B 86, 1-27). Unlike a sign test it is about the mean where contexts are repeated.

    Args:
        differences: Mean of first minus second over the repeats and training seeds of one unit, in [-1, 1].
        num_episodes: Common episodes that each unit holds.
        significance: Probability of calling two equal policies different, ever.

    Raises:
        OutOfBoundsError: A difference is not in [-1, 1].
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.size and np.abs(values).max() > 1 + 1e-9:
        raise OutOfBoundsError(
            f"a difference of {np.abs(values).max():g} of outcomes that lie in [0, 1]; give their bounds"
        )
    values = np.clip(values, -1.0, 1.0)
    played = np.cumsum(np.asarray(num_episodes, dtype=np.int64))
    wealth = log_wealth(values)
    crossed = np.flatnonzero(wealth >= -log(significance))
    called = int(played[crossed[0]]) if crossed.size else None
    more = _more(values, int(played[-1]), significance) if called is None and values.size else None
    low, high = confidence_bounds(values, significance)
    return SequentialTest(
        p_value=float(np.exp(-max(0.0, wealth.max(initial=0.0)))) if values.size > 1 else None,
        called_after=called,
        more_expected=more,
        num_discordant=int(np.count_nonzero(values)),
        low=low,
        high=high,
    )


def log_wealth(differences: FloatArray) -> FloatArray:
    """Returns the logarithm of the wealth after each difference, shapes (..., U)."""
    bets, weights = _bets()
    paths = np.cumsum(np.log1p(np.multiply.outer(bets, differences)), axis=-1)
    return _log_average(paths, weights)


def confidence_bounds(differences: FloatArray, significance: float = SIGNIFICANCE) -> tuple[float, float]:
    """Returns the means in [-1, 1] that no player who bets against them has grown rich by, as an interval.

    Against a mean m the shares lie between -1 / (1 - m) and 1 / (1 + m), so that no wealth is below nothing.
    """
    if not differences.size:
        return -1.0, 1.0
    bets, weights = _bets()

    def is_possible(mean: float) -> bool:
        shares = np.where(bets > 0, bets / (1 + mean), bets / (1 - mean))
        paths = np.log1p(shares[:, None] * (differences - mean)).sum(axis=1)
        return bool(np.log(weights @ np.exp(paths - paths.max())) + paths.max() < -log(significance))

    center = float(np.clip(differences.mean(), -1 + 1e-9, 1 - 1e-9))
    return _edge(center, -1 + 1e-9, is_possible), _edge(center, 1 - 1e-9, is_possible)


def _edge(inside: float, outside: float, is_possible: Callable[[float], bool]) -> float:
    if is_possible(outside):
        return round(outside)
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_possible(middle) else (inside, middle)
    return outside


def _more(differences: FloatArray, num_episodes: int, significance: float) -> int | None:
    """Returns after how many further episodes it is called, should what was played come again and again."""
    bets, weights = _bets()
    growth = np.log1p(np.multiply.outer(bets, differences)).sum(axis=1)

    def is_called(turns: float) -> bool:
        return bool(_log_average(turns * growth, weights) >= -log(significance))

    if not is_called(MAX_TURNS):
        return None
    few, many = 1.0, MAX_TURNS
    while many - few > 1e-6 * many:
        middle = (few + many) / 2
        few, many = (few, middle) if is_called(middle) else (middle, many)
    units = max(1, ceil((many - 1) * len(differences) - 1e-3))
    return ceil(units * num_episodes / len(differences))


def _log_average(logarithms: FloatArray, weights: FloatArray) -> FloatArray:
    """Returns the logarithm of the weighted mean over the first axis of numbers given by their logarithms."""
    largest = logarithms.max(axis=0)
    return np.asarray(np.log(np.tensordot(weights, np.exp(logarithms - largest), axes=1)) + largest)


@lru_cache(maxsize=1)
def _bets() -> tuple[FloatArray, FloatArray]:
    """Returns bets in (-1, 1) and the part of the wealth that follows each: quadrature by Gauss."""
    bets, weights = np.polynomial.legendre.leggauss(NUM_BETS)  # type: ignore[no-untyped-call]
    return bets, weights / 2
