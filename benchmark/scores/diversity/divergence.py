"""Divergence of a policy's behavior modes from those of the demonstrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import lgamma, log, log1p
from typing import Protocol

import numpy as np

from ilbench.scores.diversity.mode_counts import mode_counts
from ilbench.scores.diversity.mode_intervals import mode_estimate
from ilbench.scores.episode_table import Episodes
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, UndefinedScoreError


class Divergence(Protocol):
    """A divergence of mode counts, shape (..., K), from a reference, shape (K,)."""

    def __call__(self, counts: FloatArray, reference: FloatArray) -> FloatArray:
        """Returns one number for each row of counts, shape (...)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeDivergence:
    """How far the modes of a policy's successes are from those of the demonstrations.

    Attributes:
        kl: Kullback-Leibler, base number of modes; None where it is infinite, since a success showed a mode
            that no demonstration shows.
        js: Jensen-Shannon, in bits.
        js_floor: What a policy that copies the demonstrations' shares would show for `js` on average, with
            as many successes: above 0, for the estimate from a sample is too high.
    """

    kl: Estimate | None
    js: Estimate
    js_floor: float


def mode_divergence(
    *runs: Episodes,
    num_modes: int,
    demonstrations: Mapping[int, int],
    confidence: float = CONFIDENCE,
) -> ModeDivergence:
    """Returns how far the modes of successful episodes are from the demonstrations', over all contexts.

    D3IL's diversity starts from this (Jia et al., ICLR 2024): a policy that imitates shows what it was shown,
    as often. The intervals are those of `ilbench.scores.diversity.mode_intervals.mode_estimate`.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        demonstrations: How many demonstrations show each mode, by mode; a mode left out has none.
        confidence: Of the intervals.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
        UndefinedScoreError: No demonstration has a mode.
    """
    counts, sample = mode_counts(runs, num_modes)
    reference = np.array([demonstrations.get(mode, 0) for mode in range(num_modes)], dtype=np.float64)

    def estimate(divergence: Divergence, most: float) -> Estimate:
        score = partial(divergence, reference=reference)
        return mode_estimate(counts, sample, score, most=most, unseen=reference, confidence=confidence)

    per_run = counts.sum(axis=1)
    is_finite = not (per_run[:, reference == 0] > 0).any()
    floors = [divergence_floor(int(n), reference) for n in per_run.sum(axis=1) if n]
    return ModeDivergence(
        kl=estimate(kl_divergence, largest_divergence(reference)) if is_finite else None,
        js=estimate(jensen_shannon_divergence, 1.0),
        js_floor=float(np.mean(floors)),
    )


def kl_divergence(counts: FloatArray, reference: FloatArray) -> FloatArray:
    """Returns the Kullback-Leibler divergence of each row of `counts` from `reference`, in [0, inf].

    The logarithm's base is the number of modes K, as in D3IL (Jia et al., ICLR 2024), so that against a
    uniform reference it is 1 less the entropy. A mode that the reference never shows makes it infinite: there
    is no floor, which would be a penalty of one's own choice (D3IL's floor of 1e-12 costs up to 40). NaN
    where there is no count. From a sample it is too high on average, as the plug-in entropy is too low.

    Args:
        counts: How often each mode occurred, shape (..., K).
        reference: How often each mode occurs in the demonstrations, shape (K,).

    Raises:
        UndefinedScoreError: The reference is empty, or of another number of modes.
    """
    expected = _shares_of(reference, counts.shape[-1])
    shares = _shares(counts)
    ratios = np.divide(shares, expected, out=np.full(shares.shape, np.inf), where=expected > 0)
    terms = shares * np.log(ratios, out=np.zeros(shares.shape), where=shares > 0)
    divergence: FloatArray = np.maximum(0.0, terms.sum(axis=-1)) / log(counts.shape[-1])
    return np.where(counts.sum(axis=-1) > 0, divergence, np.nan)


def jensen_shannon_divergence(counts: FloatArray, reference: FloatArray) -> FloatArray:
    """Returns the Jensen-Shannon divergence of each row of `counts` from `reference`, in [0, 1].

    Lin (1991, IEEE Transactions on Information Theory 37, 145-151), in bits: 0 for equal shares, 1 where no
    mode is common. Unlike `kl_divergence` it is always finite, and punishes modes left out as well as modes
    that no demonstration shows. NaN where there is no count. From a sample it is too high on average.

    Args:
        counts: How often each mode occurred, shape (..., K).
        reference: How often each mode occurs in the demonstrations, shape (K,).

    Raises:
        UndefinedScoreError: The reference is empty, or of another number of modes.
    """
    expected = _shares_of(reference, counts.shape[-1])
    shares = _shares(counts)
    middle = (shares + expected) / 2
    halves = sum(
        part * np.log2(np.divide(part, middle, out=np.ones(middle.shape), where=part > 0))
        for part in (shares, np.broadcast_to(expected, shares.shape))
    )
    divergence: FloatArray = np.clip(np.sum(halves, axis=-1) / 2, 0.0, 1.0)
    return np.where(counts.sum(axis=-1) > 0, divergence, np.nan)


def largest_divergence(reference: FloatArray) -> float:
    """Returns the largest finite `kl_divergence` from `reference`: of a policy that shows its rarest mode."""
    shares = _shares_of(reference, len(reference))
    return -log(float(shares[shares > 0].min())) / log(len(reference))


def divergence_floor(num_episodes: int, reference: FloatArray) -> float:
    """Returns the expected `jensen_shannon_divergence` of a policy with the reference's shares.

    In [0, 1]: what the best possible policy shows with `num_episodes` successes. Exact: each mode's count is
    binomial, so the expectation is one sum a mode.

    Raises:
        UndefinedScoreError: There is no episode, or the reference is empty.
    """
    if num_episodes < 1:
        raise UndefinedScoreError("no divergence of no episodes; at least one success with a mode is needed")
    shares = _shares_of(reference, len(reference))
    counts = np.arange(num_episodes + 1)
    seen = counts / num_episodes
    log_choose = np.array([-lgamma(k + 1) - lgamma(num_episodes - k + 1) for k in counts.tolist()])
    total = 0.0
    for share in shares[shares > 0].tolist():
        if share == 1:  # always seen, so never apart
            continue
        log_each = counts * log(share) + (num_episodes - counts) * log1p(-share)
        chances = np.exp(log_choose + lgamma(num_episodes + 1) + log_each)
        middle = (seen + share) / 2
        own = seen * np.log2(np.divide(seen, middle, out=np.ones(middle.shape), where=seen > 0))
        total += float((chances * (own + share * np.log2(share / middle))).sum()) / 2
    return max(0.0, total)


def _shares(counts: FloatArray) -> FloatArray:
    totals = counts.sum(axis=-1, keepdims=True)
    shares: FloatArray = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    return shares


def _shares_of(reference: FloatArray, num_modes: int) -> FloatArray:
    if num_modes < 2 or reference.shape != (num_modes,) or not reference.sum() > 0:
        raise UndefinedScoreError(
            f"a divergence needs a reference that counts each of at least 2 modes, found one of shape "
            f"{reference.shape} with {reference.sum():g} demonstrations for {num_modes} modes"
        )
    return _shares(reference)
