"""Time to success: how many control steps the successes took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import Episodes
from ilbench.scores.sample import make_sample
from ilbench.scores.statistics.bootstrap import (
    BOOTSTRAP_SEED,
    FloatArray,
    bootstrap_ratio,
    percentile_interval,
)
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToSuccess:
    """How long successes took, in control steps; n is the number of successes.

    Attributes:
        mean: Mean.
        median: Median.
    """

    mean: Estimate
    median: Estimate

    def in_seconds(self, control_hz: float) -> TimeToSuccess:
        """Returns the same in seconds of simulated time.

        Args:
            control_hz: Control steps per simulated second, see `ilbench.contract.task.Task`.
        """
        return TimeToSuccess(mean=self.mean.over(control_hz), median=self.median.over(control_hz))


def time_to_success(
    *runs: Episodes, confidence: float = CONFIDENCE, seed: int = BOOTSTRAP_SEED
) -> TimeToSuccess:
    """Returns the control steps up to the first success, over the episodes that succeeded.

    The task must end an episode with its success (`Task.stops_on_success`): a record says how long the
    episode was, not when it first succeeded. Failures are not in it, so a policy that solves only the easy
    contexts looks quick: compare it beside the success rate, or on common successes.

    The mean's interval resamples contexts (with several training seeds also these). The median's lies between
    two order statistics (`_median`), so it takes successes for independent draws.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        confidence: Of the intervals.
        seed: Seed of the resampling.

    Raises:
        EmptyScoreError: No episode succeeded.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "time to success")
    episodes = sample.episodes
    successes = sample.totals(episodes.success)
    if not successes.any():
        raise EmptyScoreError(f"no time to success: none of {len(episodes)} episodes succeeded")
    steps = sample.totals(episodes.length * episodes.success)
    value = float(steps.sum() / successes.sum())
    low, high = percentile_interval(bootstrap_ratio(steps, successes, seed), confidence)
    mean = Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=int(successes.sum()),
        method=sample.method(),
    )
    lengths = episodes.length[episodes.success > 0].astype(np.float64)
    return TimeToSuccess(mean=mean, median=_median(lengths, confidence))


def _median(values: FloatArray, confidence: float) -> Estimate:
    """Returns the median between the order statistics r and n + 1 - r that cover with `confidence` or more.

    r is the largest number for which Binomial(n, 1/2) lies below it with at most half of what is left (David
    and Nagaraja 2003, Order Statistics, 7.1). Too few values for that give the whole range.
    """
    from scipy.special import bdtr

    ordered, count = np.sort(values), len(values)
    below = bdtr(np.arange(count // 2), count, 0.5)
    rank = int((below <= (1 - confidence) / 2).sum())
    covers = rank > 0
    return Estimate(
        value=float(np.median(ordered)),
        low=float(ordered[max(rank - 1, 0)]),
        high=float(ordered[min(count - rank, count - 1)]),
        n=count,
        method="order statistics" if covers else "range, too few successes for the confidence",
    )
