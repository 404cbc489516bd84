"""Entropy of mode counts: plug-in, bias-corrected, and the most that a sample size allows."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p

import numpy as np

from ilbench.scores.estimate import UndefinedScoreError
from ilbench.scores.sample import FloatArray


def plug_in_entropy(counts: FloatArray) -> FloatArray:
    """Returns the entropy of the empirical distribution, in [0, 1]; NaN where there is no count.

    The logarithm's base is the number of modes, so a uniform distribution over all has 1. From a sample
    the value is too low on average; see `entropy_ceiling`.

    Args:
        counts: How often each mode occurred, shape (..., K).

    Raises:
        UndefinedScoreError: K is below 2.
    """
    _check_modes(counts.shape[-1])
    totals = counts.sum(axis=-1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    terms = shares * np.log(shares, out=np.zeros(shares.shape), where=shares > 0)
    entropy = np.abs(terms.sum(axis=-1)) / log(counts.shape[-1])
    return np.where(totals[..., 0] > 0, entropy, np.nan)


def miller_madow_entropy(counts: FloatArray) -> FloatArray:
    """Returns the entropy in [0, 1] with its leading bias removed; NaN where there is no count.

    Adds (observed modes - 1) / (2 n) nats to the plug-in value (Miller 1955, Information Theory in Psychology
    II-B, 95-100) and stops at 1. With far fewer episodes than modes it is still too low.
    """
    totals = counts.sum(axis=-1)
    observed = (counts > 0).sum(axis=-1)
    correction = np.divide(observed - 1, 2 * totals, out=np.zeros(totals.shape), where=totals > 0)
    return np.minimum(1.0, plug_in_entropy(counts) + correction / log(counts.shape[-1]))


@lru_cache(maxsize=4096)
def entropy_ceiling(num_episodes: int, num_modes: int) -> float:
    """Returns the expected plug-in entropy of a policy that is exactly uniform over the modes, in [0, 1].

    It is what the best possible policy shows with `num_episodes` successes: 8 episodes and 2 modes allow
    0.903, not 1. Exact: each mode's count is binomial, so the expectation is one sum.

    Raises:
        UndefinedScoreError: There is no episode, or fewer than 2 modes.
    """
    _check_modes(num_modes)
    if num_episodes < 1:
        raise UndefinedScoreError("no entropy of no episodes; at least one success with a mode is needed")
    log_p, log_rest = -log(num_modes), log1p(-1 / num_modes)
    total = 0.0
    for count in range(1, num_episodes):
        log_choose = lgamma(num_episodes + 1) - lgamma(count + 1) - lgamma(num_episodes - count + 1)
        share = count / num_episodes
        total -= exp(log_choose + count * log_p + (num_episodes - count) * log_rest) * share * log(share)
    return num_modes * total / log(num_modes)


def _check_modes(num_modes: int) -> None:
    if num_modes < 2:
        raise UndefinedScoreError(f"an entropy needs at least 2 modes, found {num_modes}")
