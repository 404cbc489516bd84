"""Success: the rate, with Wilson's interval or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ilbench.scores.episode_table import Episodes, EpisodeTable
from ilbench.scores.sample import Sample, make_sample
from ilbench.scores.statistics.bootstrap import (
    BOOTSTRAP_SEED,
    FloatArray,
    bootstrap_ratio,
    percentile_interval,
)
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, hull
from ilbench.scores.statistics.intervals import RateInterval, wilson

Outcome: TypeAlias = Callable[[EpisodeTable], FloatArray]


def succeeded(episodes: EpisodeTable) -> FloatArray:
    """Returns 1.0 for each success and 0.0 for each failure, the policy's own faults included."""
    return episodes.success


def succeeded_at_end(episodes: EpisodeTable) -> FloatArray:
    """Returns 1.0 where the last step was a success, for tasks that go on after the first."""
    return episodes.final_success


def success_rate(
    *runs: Episodes,
    outcome: Outcome = succeeded,
    interval: RateInterval = wilson,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Returns the share of scored episodes that succeeded, in [0, 1].

    A policy's own fault is a failure and stays in n. An ``env_error`` is left out; see `num_unscored`.

    Args:
        *runs: Records of one task and split, one sequence a training seed. With several, episodes are pooled
            and the interval is a bootstrap over training seeds and contexts, widened to `interval` where it
            is narrower: a few seeds that happen to agree would else claim certainty.
        outcome: What counts as a success.
        interval: Interval of a share, from `ilbench.scores.statistics.intervals`.
        confidence: Of the interval.
        seed: Seed of the resampling; unused with one training seed.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "success rate")
    outcomes = outcome(sample.episodes)
    pooled = interval(int(outcomes.sum()), len(outcomes), confidence)
    return pooled if sample.num_seeds == 1 else _over_seeds(sample, pooled, outcomes, confidence, seed)


def _over_seeds(
    sample: Sample,
    pooled: Estimate,
    outcomes: FloatArray,
    confidence: float,
    seed: int,
) -> Estimate:
    rates = bootstrap_ratio(sample.totals(outcomes), sample.counts(), seed)
    low, high = percentile_interval(rates, confidence)
    method = sample.method()
    resampled = Estimate(value=pooled.value, low=low, high=high, n=pooled.n, method=method)
    return hull(pooled, resampled, f"{method}, at least {pooled.method}")
