"""Returns: the mean, as it is and between the task's references."""

from __future__ import annotations

from ilbench.contract.shipped import Reference
from ilbench.scores.statistics.bootstrap import (
    BOOTSTRAP_SEED,
    Records,
    bootstrap_ratio,
    make_sample,
    percentile_interval,
)
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, UndefinedScoreError


def mean_return(*runs: Records, confidence: float = CONFIDENCE, seed: int = BOOTSTRAP_SEED) -> Estimate:
    """Returns the mean return of the scored episodes, with a percentile bootstrap interval.

    Whole contexts are resampled (with several training seeds also these), so repeats of one context do not
    feign precision. Where all returns are equal the interval has no width: read n beside it.

    Args:
        *runs: Records of one task and split, one sequence a training seed.
        confidence: Of the interval.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "mean return")
    sums = sample.totals(lambda record: record.episode_return)
    counts = sample.counts()
    low, high = percentile_interval(bootstrap_ratio(sums, counts, seed), confidence)
    value = float(sums.sum() / counts.sum())
    # A mean of equal numbers and its resamples may differ in the last bit.
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), n=sample.num_episodes, method=sample.method()
    )


def normalized_return(estimate: Estimate, *, random: Reference, expert: Reference) -> Estimate:
    """Returns a mean return on the scale where the random policy has 0 and the expert 1.

    Below 0 and above 1 are possible and mean what they say. The references were measured on the task's
    ``test`` split; their own uncertainty is not in the interval.

    Raises:
        UndefinedScoreError: The expert's return does not exceed the random policy's.
    """
    scale = expert.mean_return - random.mean_return
    if scale <= 0:
        raise UndefinedScoreError(
            f"no normalized return: the expert's mean return {expert.mean_return:.6g} must exceed "
            f"the random policy's {random.mean_return:.6g}; measure the references again"
        )
    return Estimate(
        value=(estimate.value - random.mean_return) / scale,
        low=(estimate.low - random.mean_return) / scale,
        high=(estimate.high - random.mean_return) / scale,
        n=estimate.n,
        method=estimate.method,
    )
