"""Success: the rate, with Wilson's interval."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from ilbench.errors import EmptyScoreError
from ilbench.record import EpisodeRecord
from ilbench.scores.estimate import CONFIDENCE, Estimate, hull, normal_quantile
from ilbench.scores.sample import (
    BOOTSTRAP_SEED,
    Records,
    Sample,
    bootstrap_ratio,
    make_sample,
    percentile_interval,
)


def wilson(num_successes: int, num_episodes: int, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the share of successes in [0, 1] with Wilson's score interval.

    Wilson (1927, Journal of the American Statistical Association 22, 209-212). Unlike the textbook interval
    it keeps its coverage at small n and near 0 and 1: 50 of 50 gives [0.929, 1], not [1, 1]. It takes
    episodes for independent draws; repeats on one context are less than that, so for few contexts with
    many repeats it is too narrow.

    Raises:
        EmptyScoreError: There is no episode.
    """
    if num_episodes == 0:
        raise EmptyScoreError("no success rate of no episodes; run the episodes first")
    z = normal_quantile(confidence)
    rate = num_successes / num_episodes
    scale = 1 + z**2 / num_episodes
    center = (rate + z**2 / (2 * num_episodes)) / scale
    half = z / scale * sqrt(rate * (1 - rate) / num_episodes + z**2 / (4 * num_episodes**2))
    return Estimate(
        value=rate,
        low=center - half if num_successes > 0 else 0.0,
        high=center + half if num_successes < num_episodes else 1.0,
        n=num_episodes,
        method="Wilson",
    )


def succeeded(record: EpisodeRecord) -> float:
    """Returns 1.0 for a success and 0.0 for a failure, the policy's own faults included."""
    return float(bool(record.success))


def succeeded_at_end(record: EpisodeRecord) -> float:
    """Returns 1.0 where the last step was a success, for tasks that go on after the first."""
    return float(bool(record.final_success))


def success_rate(
    *runs: Records,
    outcome: Callable[[EpisodeRecord], float] = succeeded,
    confidence: float = CONFIDENCE,
    seed: int = BOOTSTRAP_SEED,
) -> Estimate:
    """Returns the share of scored episodes that succeeded, in [0, 1].

    A policy's own fault is a failure and stays in n. An ``env_error`` is left out; see `num_unscored`.

    Args:
        *runs: Records of one task and split, one sequence a training seed. With several, episodes are pooled
            and the interval is a bootstrap over training seeds and contexts, widened to Wilson's where it
            is narrower: a few seeds that happen to agree would else claim certainty.
        outcome: What counts as a success.
        confidence: Of the interval.
        seed: Seed of the resampling; unused with one training seed.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "success rate")
    successes = sum(outcome(record) for run in sample.runs for record in run)
    pooled = wilson(int(successes), sample.num_episodes, confidence)
    return pooled if len(sample.runs) == 1 else _over_seeds(sample, pooled, outcome, confidence, seed)


def _over_seeds(
    sample: Sample,
    pooled: Estimate,
    outcome: Callable[[EpisodeRecord], float],
    confidence: float,
    seed: int,
) -> Estimate:
    rates = bootstrap_ratio(sample.totals(outcome), sample.counts(), seed)
    low, high = percentile_interval(rates, confidence)
    method = sample.method()
    resampled = Estimate(value=pooled.value, low=low, high=high, n=pooled.n, method=method)
    return hull(pooled, resampled, f"{method}, at least Wilson")
