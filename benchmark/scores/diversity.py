"""Diversity: how many of a task's behavior modes a policy's successes show, and how evenly.

Definitions follow D3IL (Jia et al., ICLR 2024). A failed episode never adds a mode. With several training
seeds each is scored alone and the scores are averaged: pooled, seeds that collapsed to one mode each would
pass for a diverse policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.record import EpisodeRecord
from ilbench.scores.entropy import entropy_ceiling, miller_madow_entropy, plug_in_entropy
from ilbench.scores.estimate import CONFIDENCE, Estimate
from ilbench.scores.sample import (
    BOOTSTRAP_SEED,
    FloatArray,
    MismatchedRecordsError,
    Records,
    Sample,
    make_sample,
    percentile_interval,
    resampling_weights,
)

EmptyContexts: TypeAlias = Literal["zero", "drop"]
"""What a context without a success does: ``"zero"``: it counts as entropy 0, so failure lowers the
score (D3IL's Aligning and Pushing); ``"drop"``: it is left out, so a policy that rarely succeeds may still
score high (D3IL's Sorting and Stacking)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalDiversity:
    """Diversity from the same start, averaged over contexts.

    Attributes:
        entropy: Contexts without a success are left out.
        entropy_with_zeros: Contexts without a success count as 0.
        ceiling: What a uniform policy with the same successes a context would show for `entropy`.
        ceiling_with_zeros: The same for `entropy_with_zeros`.
    """

    entropy: Estimate
    entropy_with_zeros: Estimate
    ceiling: float
    ceiling_with_zeros: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """Diversity of one split; means over training seeds where there are several.

    Attributes:
        num_modes: Modes that the task's descriptor knows.
        num_modes_found: Modes that a success showed.
        num_successes: Successes, over all training seeds.
        num_undecided: Of these, without a mode; they count for no mode.
        entropy: `behavior_entropy`; None without a success that has a mode. So are the next two.
        entropy_corrected: `corrected_entropy`.
        ceiling: What a uniform policy with as many successes would show for `entropy`.
        conditional: None where no context was tried twice: one episode a context tells nothing of it.
    """

    num_modes: int
    num_modes_found: float
    num_successes: int
    num_undecided: int
    entropy: Estimate | None
    entropy_corrected: float | None
    ceiling: float | None
    conditional: ConditionalDiversity | None


def behavior_entropy(
    *runs: Records, num_modes: int, confidence: float = CONFIDENCE, seed: int = BOOTSTRAP_SEED
) -> Estimate:
    """Returns the plug-in entropy of the modes of successful episodes in [0, 1], base `num_modes`.

    n is the number of successes that have a mode. A plain percentile bootstrap would miss a uniform
    policy's entropy almost always, since resampling repeats the estimator's bias. Its spread is therefore
    placed around the bias-corrected value, then joined with the reflected interval and the value. Measured
    coverage of the 95 % interval over eight distributions on 2 to 24 modes: 0.90 and more with 100 successes,
    0.80 and more with 50, down to 0.45 with 20.

    Args:
        *runs: Records of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, sample = _mode_counts(runs, num_modes)
    per_run = counts.sum(axis=1)
    value = float(np.nanmean(plug_in_entropy(per_run)))
    corrected = float(np.nanmean(miller_madow_entropy(per_run)))
    resampled = _resampled_entropies(counts, seed)
    low, high = percentile_interval(resampled, confidence)
    shift = corrected - float(np.nanmean(resampled))
    return Estimate(
        value=value,
        low=max(0.0, min(value, low + shift, 2 * value - high)),
        high=min(1.0, max(value, high + shift, 2 * value - low)),
        n=int(counts.sum()),
        method=sample.method() + ", bias-corrected",
    )


def corrected_entropy(*runs: Records, num_modes: int) -> float:
    """Returns the Miller-Madow estimate of the behavior entropy in [0, 1], averaged over training seeds.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, _ = _mode_counts(runs, num_modes)
    return float(np.nanmean(miller_madow_entropy(counts.sum(axis=1))))


def conditional_behavior_entropy(
    *runs: Records,
    num_modes: int,
    empty: EmptyContexts,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Returns the mean over contexts of the modes' plug-in entropy in [0, 1], base `num_modes`.

    A policy whose mode is a function of the context scores 0. With few repeats the value is far below that
    of the policy: compare it with `ConditionalDiversity.ceiling`. n is the number of successes that have a
    mode; the interval resamples contexts.

    Args:
        *runs: Records of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        empty: What a context without a success does.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: No success has a mode, or no context was tried twice.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, sample = _mode_counts(runs, num_modes)
    if not has_repeated_contexts(*runs):
        raise EmptyScoreError("no conditional entropy of single episodes; run each context more than once")
    if not sample.is_clustered_by_context:
        return behavior_entropy(*runs, num_modes=num_modes, confidence=confidence, seed=seed)
    entropies = plug_in_entropy(counts)
    tried = sample.totals(lambda _: 1.0) > 0
    counted = tried if empty == "zero" else ~np.isnan(entropies)
    sums = np.where(counted, np.nan_to_num(entropies), 0.0)
    value = float(np.nanmean(_ratio(sums.sum(axis=1), counted.sum(axis=1).astype(np.float64))))
    low, high = percentile_interval(_resampled_means(sums, counted.astype(np.float64), seed), confidence)
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), n=int(counts.sum()), method=sample.method()
    )


def num_modes_found(*runs: Records, num_modes: int) -> float:
    """Returns how many modes the successes show, in [0, `num_modes`], averaged over training seeds.

    It grows with n and counts a mode seen once: compare it only at equal n.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    sample = make_sample(runs, "number of modes")
    counts = _count_modes(sample, num_modes)
    return float((counts.sum(axis=1) > 0).sum(axis=1).mean())


def has_repeated_contexts(*runs: Records) -> bool:
    """Returns whether a training seed's successes with a mode include two on one context."""
    for run in runs:
        contexts = [record.context for record in run if _mode(record) is not None]
        if len(set(contexts)) < len(contexts):
            return True
    return False


def score_diversity(*runs: Records, num_modes: int) -> Diversity:
    """Returns every diversity score of one task and split.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    sample = make_sample(runs, "diversity")
    successes = [record for run in sample.runs for record in run if record.success]
    decided = [record for record in successes if record.mode is not None]
    return Diversity(
        num_modes=num_modes,
        num_modes_found=num_modes_found(*runs, num_modes=num_modes),
        num_successes=len(successes),
        num_undecided=len(successes) - len(decided),
        entropy=behavior_entropy(*runs, num_modes=num_modes) if decided else None,
        entropy_corrected=corrected_entropy(*runs, num_modes=num_modes) if decided else None,
        ceiling=_ceiling(_count_modes(sample, num_modes).sum(axis=1, keepdims=True)) if decided else None,
        conditional=_conditional(runs, sample, num_modes) if has_repeated_contexts(*runs) else None,
    )


def _conditional(runs: tuple[Records, ...], sample: Sample, num_modes: int) -> ConditionalDiversity:
    counts = _count_modes(sample, num_modes)
    if not sample.is_clustered_by_context:
        counts = counts.sum(axis=1, keepdims=True)
    num_contexts = (
        (sample.totals(lambda _: 1.0) > 0).sum(axis=1) if counts.shape[1] > 1 else np.ones(len(counts))
    )
    return ConditionalDiversity(
        entropy=conditional_behavior_entropy(*runs, num_modes=num_modes, empty="drop"),
        entropy_with_zeros=conditional_behavior_entropy(*runs, num_modes=num_modes, empty="zero"),
        ceiling=_ceiling(counts),
        ceiling_with_zeros=_ceiling(counts, num_contexts),
    )


def _ceiling(counts: FloatArray, num_contexts: FloatArray | None = None) -> float:
    """Returns the mean ceiling over contexts with a success (or `num_contexts`), then training seeds."""
    num_modes = counts.shape[-1]
    successes = counts.sum(axis=-1).astype(int)
    sums = [sum(entropy_ceiling(int(n), num_modes) for n in row if n) for row in successes]
    numbers = (successes > 0).sum(axis=1) if num_contexts is None else num_contexts
    return float(np.nanmean(_ratio(np.array(sums, dtype=np.float64), numbers.astype(np.float64))))


def _mode(record: EpisodeRecord) -> int | None:
    return record.mode if record.status != "env_error" and record.success else None


def _mode_counts(runs: tuple[Records, ...], num_modes: int) -> tuple[FloatArray, Sample]:
    sample = make_sample(runs, "behavior entropy")
    counts = _count_modes(sample, num_modes)
    if not counts.any():
        raise EmptyScoreError(
            f"no behavior entropy: none of {sample.num_episodes} episodes succeeded with a mode"
        )
    return counts, sample


def _count_modes(sample: Sample, num_modes: int) -> FloatArray:
    """Returns how often each mode occurred, by training seed and cluster, shape (S, C, K)."""
    counts = np.zeros((len(sample.runs), sample.num_clusters, num_modes))
    for i, (run, clusters) in enumerate(zip(sample.runs, sample.clusters, strict=True)):
        for record, cluster in zip(run, clusters, strict=True):
            mode = _mode(record)
            if mode is None:
                continue
            if mode >= num_modes:
                raise MismatchedRecordsError(
                    f"{record.id}: mode {mode}, but the task has modes 0 to {num_modes - 1}; "
                    "score the records with the task version that made them"
                )
            counts[i, cluster, mode] += 1
    return counts


def _resampled_entropies(counts: FloatArray, seed: int) -> FloatArray:
    runs, clusters = resampling_weights(*counts.shape[:2], seed)
    entropies = np.stack([plug_in_entropy(clusters @ run) for run in counts], axis=1)
    return _weighted_mean(entropies, runs)


def _resampled_means(sums: FloatArray, counts: FloatArray, seed: int) -> FloatArray:
    runs, clusters = resampling_weights(*sums.shape, seed)
    return _weighted_mean(_ratio(clusters @ sums.T, clusters @ counts.T), runs)


def _weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Returns the mean over training seeds where the value is defined, shape (B,)."""
    weights = np.where(np.isnan(values), 0.0, weights)
    return _ratio((np.nan_to_num(values) * weights).sum(axis=1), weights.sum(axis=1))


def _ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    ratios: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return ratios
