"""Tests of no difference: signs flipped at random, and many tests at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, gcd, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ilbench.scores.statistics.bootstrap import FloatArray

MAX_SUM = 2**16
"""Largest sum of magnitudes whose distribution is computed as it is; larger ones are rounded to this."""

MAX_EXACT = 2.0**53
"""Below this, whole numbers are exact in floating point."""


def sign_flip_test(differences: ArrayLike) -> float:
    """Returns the two-sided p-value in (0, 1] of paired differences: had either policy been the other.

    Without a difference between the policies each unit's sign is a fair coin, independent of its size and of
    the other units. The statistic is the sum; its distribution over all 2^n choices of signs is computed
    exactly (Fisher's randomization test). For differences of -1, 0 and 1 it is the exact test of McNemar
    (1947, Psychometrika 12, 153-157): the binomial test on the discordant pairs, zeros left out.

    Args:
        differences: One a unit (a context, say, with all its repeats). Integers give an exact p-value; other
            numbers, and sums above `MAX_SUM`, are rounded to that many parts, to the safe side.
    """
    values = np.asarray(differences, dtype=np.float64).ravel()
    values = values[values != 0]
    if not values.size:
        return 1.0
    steps, slack = _on_grid(values)
    sizes, counts = np.unique(np.abs(steps[steps != 0]), return_counts=True)
    if len(sizes) == 1 and not slack:
        return mcnemar(int((steps > 0).sum()), int((steps < 0).sum()))
    total = int(sizes @ counts)
    probabilities = _subset_sums(sizes, counts, total)
    sums = 2 * np.arange(total + 1) - total
    extreme = np.abs(sums) >= abs(int(steps.sum())) - slack
    return float(min(1.0, max(probabilities[extreme].sum(), 2.0 ** (1 - values.size))))


def mcnemar(num_better: int, num_worse: int) -> float:
    """Returns the exact two-sided p-value in (0, 1] of McNemar's test on that many discordant pairs."""
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(min(num_better, num_worse), num_better + num_worse, 0.5)))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Returns adjusted p-values: rejecting those up to 5 % makes any false rejection at most 5 % likely.

    Holm (1979, Scandinavian Journal of Statistics 6, 65-70): the smallest is multiplied by the number of
    tests, the next by one less, and none is smaller than one before it. Holds for any dependence.
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def _on_grid(values: FloatArray) -> tuple[NDArray[np.int64], int]:
    """Returns the values as integers, and how far the sum may be off by rounding (0 where it is exact)."""
    if np.abs(values).sum() < MAX_EXACT and (values == np.rint(values)).all():
        exact = values.astype(np.int64)
        exact //= gcd(*map(int, np.unique(np.abs(exact))))
        if np.abs(exact).sum() <= MAX_SUM:
            return exact, 0
    scaled = values * (MAX_SUM / np.abs(values).sum())
    steps = np.rint(scaled)
    errors = scaled - steps
    # Under random signs the errors' sum exceeds six deviations with probability 3e-8 at most (Hoeffding).
    spread = min(float(np.abs(errors).sum()), 6 * sqrt(float(errors @ errors)))
    return steps.astype(np.int64), ceil(abs(float(errors.sum())) + spread)


def _subset_sums(sizes: NDArray[np.int64], counts: NDArray[np.int64], total: int) -> FloatArray:
    """Returns the distribution of the sum of those drawn when each is drawn with probability 1/2.

    The product of ``((1 + z^size) / 2)^count`` at the roots of unity, transformed back; a factor there is a
    cosine and a phase, and all phases together are one.
    """
    length = 1 << (total + 1).bit_length()
    roots, cosines = np.arange(length // 2 + 1), _cosines(length)
    product = np.ones(len(roots))
    for size, count in zip(sizes, counts, strict=True):
        product *= cosines[(roots * size) % (2 * length)] ** count
    turned = product * np.exp(-1j * np.pi * ((roots * total) % (2 * length)) / length)
    return np.asarray(np.clip(np.fft.irfft(turned, length)[: total + 1], 0.0, None))


@lru_cache(maxsize=8)
def _cosines(length: int) -> FloatArray:
    """Returns the cosines of all multiples of pi / length over a turn, shape (2 length,)."""
    return np.asarray(np.cos(np.pi * np.arange(2 * length) / length))
