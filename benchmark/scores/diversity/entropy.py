"""Entropy of mode counts: plug-in, bias-corrected, and the most that a sample size allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import exp, lgamma, log, log1p

import numpy as np

from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import UndefinedScoreError


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
    entropy = np.minimum(1.0, np.abs(terms.sum(axis=-1)) / log(counts.shape[-1]))
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


def chao_shen_entropy(counts: FloatArray) -> FloatArray:
    """Returns the entropy in [0, 1] with modes not seen allowed for; NaN where there is no count.

    Chao and Shen (2003, Environmental and Ecological Statistics 10, 429-443): shares are scaled by the
    sample's coverage, 1 less the share of episodes whose mode was seen once (Good 1953), and each mode's
    term is divided by the probability that a sample of this size shows the mode (Horvitz and Thompson).
    Where every mode was seen once, one fewer counts as such, else the coverage would be 0. Stops at 1. It
    has less bias than `miller_madow_entropy` where n is small beside the number of modes, and more where n
    is large.
    """
    _check_modes(counts.shape[-1])
    totals = counts.sum(axis=-1, keepdims=True)
    once = (counts == 1).sum(axis=-1, keepdims=True)
    once = np.where(once == totals, totals - 1, once)
    size = np.maximum(totals, 1)
    shares = counts / size * (1 - once / size)
    seen = 1 - (1 - shares) ** totals
    terms = shares * np.log(shares, out=np.zeros(shares.shape), where=shares > 0)
    terms = np.divide(terms, seen, out=np.zeros(shares.shape), where=shares > 0)
    entropy = np.minimum(1.0, np.abs(terms.sum(axis=-1)) / log(counts.shape[-1]))
    return np.where(totals[..., 0] > 0, entropy, np.nan)


ENTROPY_ESTIMATORS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "plug-in": plug_in_entropy,
    "Miller-Madow": miller_madow_entropy,
    "Chao-Shen": chao_shen_entropy,
}
"""From mode counts of shape (..., K) to entropies in [0, 1]; see ``ilbench check entropy``."""


def missing_mass(counts: FloatArray) -> FloatArray:
    """Returns the estimated probability that the next success shows a mode not seen yet; NaN without counts.

    Good (1953, Biometrika 40, 237-264), with Turing: the share of successes whose mode was seen only once.
    In [0, 1]; 0 where every mode known was seen.

    Args:
        counts: How often each mode occurred, shape (..., K).
    """
    totals = counts.sum(axis=-1)
    once = np.where((counts > 0).all(axis=-1), 0, (counts == 1).sum(axis=-1))
    mass: FloatArray = np.divide(once, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
    return mass


def num_modes_unseen(counts: FloatArray) -> FloatArray:
    """Returns how many modes the policy has beyond those seen, at least, as estimated; NaN without counts.

    Chao's lower bound, bias-corrected (Chao 1984, Scandinavian Journal of Statistics 11, 265-270; Chiu et al.
    2014, Biometrics 70, 671-682): ``(n - 1) / n * f1 (f1 - 1) / (2 (f2 + 1))``, where f1 modes were seen once
    and f2 twice; never more than the task has left. 0 does not mean that there is none: a mode as rare as
    1 in 10 n leaves no trace.

    Args:
        counts: How often each mode occurred, shape (..., K).
    """
    totals = counts.sum(axis=-1)
    once, twice = (counts == 1).sum(axis=-1), (counts == 2).sum(axis=-1)
    bound = (1 - 1 / np.maximum(totals, 1)) * once * (once - 1) / (2 * (twice + 1))
    left = (counts == 0).sum(axis=-1)
    return np.where(totals > 0, np.minimum(bound, left), np.nan)


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
