"""Intervals of a share of successes: Wilson's, Clopper and Pearson's, Jeffreys'.

All take episodes for independent draws. Repeats on one context are less than that, so a score gives them its
effective numbers, which need not be whole: see `ilbench.scores.statistics.spread`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, normal_quantile

IntervalName: TypeAlias = Literal["wilson", "clopper-pearson", "jeffreys"]
RateInterval: TypeAlias = Callable[[float, float, float], Estimate]


def wilson(num_successes: float, num_episodes: float, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the share of successes in [0, 1] with Wilson's score interval.

    Wilson (1927, Journal of the American Statistical Association 22, 209-212). Unlike the textbook interval
    it keeps its coverage at small n and near 0 and 1: 50 of 50 gives [0.929, 1], not [1, 1]. Its coverage is
    right on average over rates and may fall somewhat short at a single one; where none may, take
    `clopper_pearson`.

    Raises:
        EmptyScoreError: There is no episode.
    """
    rate = _rate(num_successes, num_episodes)
    low, high = wilson_ends(
        *(np.asarray(x, dtype=np.float64) for x in (rate, num_episodes, normal_quantile(confidence)))
    )
    return Estimate(
        value=rate,
        low=float(low) if num_successes > 0 else 0.0,
        high=float(high) if num_successes < num_episodes else 1.0,
        n=int(num_episodes),
        method="Wilson",
    )


def wilson_ends(rate: FloatArray, size: FloatArray, quantile: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Returns both ends of Wilson's interval in [0, 1]: rates p with ``|rate - p| <= quantile * error(p)``.

    Args:
        rate: Shares of successes, shape (...).
        size: Of how many independent episodes, shape (...).
        quantile: Of the normal distribution, or of Student's, shape (...).
    """
    extra = quantile**2 / size
    center = (rate + extra / 2) / (1 + extra)
    half = np.sqrt(extra * rate * (1 - rate) + extra**2 / 4) / (1 + extra)
    return np.maximum(0.0, center - half), np.minimum(1.0, center + half)


def clopper_pearson(num_successes: float, num_episodes: float, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the share of successes in [0, 1] with the exact interval of Clopper and Pearson.

    Clopper and Pearson (1934, Biometrika 26, 404-413): the rates that neither one-sided binomial test
    rejects, quantiles of Beta(k, n - k + 1) and Beta(k + 1, n - k). It covers with at least `confidence` at
    every rate, mostly with more: it is wider than Wilson's. With effective numbers it is the interval of Korn
    and Graubard (1998, Survey Methodology 24, 193-201).

    Raises:
        EmptyScoreError: There is no episode.
    """
    rate = _rate(num_successes, num_episodes)
    tail, failures = (1 - confidence) / 2, num_episodes - num_successes
    return Estimate(
        value=rate,
        low=_beta_quantile(num_successes, failures + 1, tail) if num_successes else 0.0,
        high=_beta_quantile(num_successes + 1, failures, 1 - tail) if failures else 1.0,
        n=int(num_episodes),
        method="Clopper-Pearson",
    )


def jeffreys(num_successes: float, num_episodes: float, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the share of successes in [0, 1] with the equal-tailed interval of Jeffreys' prior.

    Quantiles of Beta(k + 1/2, n - k + 1/2), 0 without a success and 1 without a failure (Brown, Cai and
    DasGupta 2001, Statistical Science 16, 101-133). Near 0 and 1 it may cover less than Wilson's.

    Raises:
        EmptyScoreError: There is no episode.
    """
    rate = _rate(num_successes, num_episodes)
    tail, failures = (1 - confidence) / 2, num_episodes - num_successes
    return Estimate(
        value=rate,
        low=_beta_quantile(num_successes + 0.5, failures + 0.5, tail) if num_successes else 0.0,
        high=_beta_quantile(num_successes + 0.5, failures + 0.5, 1 - tail) if failures else 1.0,
        n=int(num_episodes),
        method="Jeffreys",
    )


INTERVALS: Mapping[IntervalName, RateInterval] = MappingProxyType(
    {"wilson": wilson, "clopper-pearson": clopper_pearson, "jeffreys": jeffreys}
)
"""The intervals by the name that the command line gives them; the first is the default."""


def _rate(num_successes: float, num_episodes: float) -> float:
    if num_episodes == 0:
        raise EmptyScoreError("no success rate of no episodes; run the episodes first")
    return num_successes / num_episodes


def _beta_quantile(a: float, b: float, probability: float) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(a, b, probability))
