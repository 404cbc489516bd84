"""Diversity: how many of a task's behavior modes a policy's successes show, and how evenly.

Definitions follow D3IL (Jia et al., ICLR 2024). A failed episode never adds a mode. With several training
seeds each is scored alone and the scores are averaged: pooled, seeds that collapsed to one mode each would
pass for a diverse policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.bounded import cell_mean
from ilbench.scores.diversity.divergence import ModeDivergence, mode_divergence
from ilbench.scores.diversity.entropy import (
    chao_shen_entropy,
    entropy_ceiling,
    miller_madow_entropy,
    missing_mass,
    num_modes_unseen,
    plug_in_entropy,
)
from ilbench.scores.diversity.mode_counts import (
    count_modes,
    divide,
    has_repeated_contexts,
    mode_counts,
)
from ilbench.scores.diversity.mode_intervals import mode_estimate
from ilbench.scores.episode_table import NO_MODE, Episodes, EpisodeTable, as_table
from ilbench.scores.sample import Sample, make_sample
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate

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
        entropy_corrected: Mean of the contexts' Chao-Shen estimates, contexts without a success left out.
        ceiling: What a uniform policy with the same successes a context would show for `entropy`.
        ceiling_with_zeros: The same for `entropy_with_zeros`.
    """

    entropy: Estimate
    entropy_with_zeros: Estimate
    entropy_corrected: float
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
        entropy: `behavior_entropy`; None without a success that has a mode. So are the next four.
        entropy_corrected: `corrected_entropy`.
        ceiling: What a uniform policy with as many successes would show for `entropy`.
        missing_mass: Estimated probability that the next success shows a mode not seen yet.
        num_modes_unseen: At least so many modes more does the policy have, as estimated.
        conditional: None where no context was tried twice: one episode a context tells nothing of it.
        from_demonstrations: None where the demonstrations' modes are not known, or no success has a mode.
    """

    num_modes: int
    num_modes_found: float
    num_successes: int
    num_undecided: int
    entropy: Estimate | None
    entropy_corrected: float | None
    ceiling: float | None
    missing_mass: float | None
    num_modes_unseen: float | None
    conditional: ConditionalDiversity | None
    from_demonstrations: ModeDivergence | None


def behavior_entropy(*runs: Episodes, num_modes: int, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the plug-in entropy of the modes of successful episodes in [0, 1], base `num_modes`.

    n is the number of successes that have a mode. The value is too low on average; the interval, that of
    `ilbench.scores.diversity.mode_intervals.mode_estimate`, is of the entropy itself.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        confidence: Of the interval.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, sample = mode_counts(runs, num_modes)
    return mode_estimate(
        counts,
        sample,
        plug_in_entropy,
        most=1.0,
        unbiased=(miller_madow_entropy, chao_shen_entropy),
        confidence=confidence,
    )


def corrected_entropy(*runs: Episodes, num_modes: int) -> float:
    """Returns the Chao-Shen estimate of the behavior entropy in [0, 1], averaged over training seeds.

    Of the estimators known here it has the least worst bias over 2 to 24 modes and 8 to 100 successes: see
    ``ilbench check entropy``, which compares them.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, _ = mode_counts(runs, num_modes)
    return float(np.nanmean(chao_shen_entropy(counts.sum(axis=1))))


def conditional_behavior_entropy(
    *runs: Episodes,
    num_modes: int,
    empty: EmptyContexts,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Returns the mean over contexts of the modes' plug-in entropy in [0, 1], base `num_modes`.

    A policy whose mode is a function of the context scores 0. With few repeats the value is far below that
    of the policy: compare it with `ConditionalDiversity.ceiling`. n is the number of successes that have a
    mode. The interval is of the value that as many repeats on new contexts would show.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        empty: What a context without a success does.
        confidence: Of the interval.

    Raises:
        EmptyScoreError: No success has a mode, or no context was tried twice.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    counts, sample = mode_counts(runs, num_modes)
    if not has_repeated_contexts(sample.episodes):
        raise EmptyScoreError("no conditional entropy of single episodes; run each context more than once")
    if not sample.is_clustered_by_context:
        return behavior_entropy(sample.episodes, num_modes=num_modes, confidence=confidence)
    entropies = plug_in_entropy(counts)
    tried = sample.counts() > 0
    counted = tried if empty == "zero" else ~np.isnan(entropies)
    means = np.where(counted, np.nan_to_num(entropies), 0.0)
    kept = counted.any(axis=1)
    return cell_mean(
        sample, means[kept], counted[kept].astype(np.float64), n=int(counts.sum()), confidence=confidence
    )


def num_modes_found(*runs: Episodes, num_modes: int) -> float:
    """Returns how many modes the successes show, in [0, `num_modes`], averaged over training seeds.

    It grows with n and counts a mode seen once: compare it only at equal n.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    sample = make_sample(runs, "number of modes")
    counts = count_modes(sample, num_modes)
    return float((counts.sum(axis=1) > 0).sum(axis=1).mean())


def score_diversity(
    *runs: Episodes, num_modes: int, demonstrations: Mapping[int, int] | None = None
) -> Diversity:
    """Returns every diversity score of one task and split.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        num_modes: How many modes the task has.
        demonstrations: How many demonstrations show each mode, by mode; None or empty if not known.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    table = as_table(runs)
    sample = make_sample([table], "diversity")
    is_success = sample.episodes.success > 0
    num_successes = int(is_success.sum())
    decided = int((is_success & (sample.episodes.mode != NO_MODE)).sum())
    per_run = count_modes(sample, num_modes).sum(axis=1)
    return Diversity(
        num_modes=num_modes,
        num_modes_found=num_modes_found(table, num_modes=num_modes),
        num_successes=num_successes,
        num_undecided=num_successes - decided,
        entropy=behavior_entropy(table, num_modes=num_modes) if decided else None,
        entropy_corrected=corrected_entropy(table, num_modes=num_modes) if decided else None,
        ceiling=_ceiling(per_run[:, None]) if decided else None,
        missing_mass=float(np.nanmean(missing_mass(per_run))) if decided else None,
        num_modes_unseen=float(np.nanmean(num_modes_unseen(per_run))) if decided else None,
        conditional=_conditional(table, sample, num_modes) if has_repeated_contexts(table) else None,
        from_demonstrations=mode_divergence(table, num_modes=num_modes, demonstrations=demonstrations)
        if decided and demonstrations
        else None,
    )


def _conditional(table: EpisodeTable, sample: Sample, num_modes: int) -> ConditionalDiversity:
    counts = count_modes(sample, num_modes)
    if not sample.is_clustered_by_context:
        counts = counts.sum(axis=1, keepdims=True)
    num_contexts = (sample.counts() > 0).sum(axis=1) if counts.shape[1] > 1 else np.ones(len(counts))
    return ConditionalDiversity(
        entropy=conditional_behavior_entropy(table, num_modes=num_modes, empty="drop"),
        entropy_with_zeros=conditional_behavior_entropy(table, num_modes=num_modes, empty="zero"),
        entropy_corrected=_mean_over_contexts(chao_shen_entropy(counts)),
        ceiling=_ceiling(counts),
        ceiling_with_zeros=_ceiling(counts, num_contexts),
    )


def _ceiling(counts: FloatArray, num_contexts: FloatArray | None = None) -> float:
    """Returns the mean ceiling over contexts with a success (or `num_contexts`), then training seeds."""
    num_modes = counts.shape[-1]
    successes = counts.sum(axis=-1).astype(int)
    sums = [sum(entropy_ceiling(int(n), num_modes) for n in row if n) for row in successes]
    numbers = (successes > 0).sum(axis=1) if num_contexts is None else num_contexts
    return float(np.nanmean(divide(np.array(sums, dtype=np.float64), numbers.astype(np.float64))))


def _mean_over_contexts(values: FloatArray) -> float:
    """Returns the mean over the contexts where the value is defined, then over training seeds."""
    numbers = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    return float(np.nanmean(divide(np.nan_to_num(values).sum(axis=1), numbers)))
