"""Time to success: how many control steps the successes took."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.bounded import bounded_mean, share
from ilbench.scores.episode_table import Episodes
from ilbench.scores.sample import Sample, make_sample
from ilbench.scores.statistics.bootstrap import FloatArray
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


def time_to_success(*runs: Episodes, confidence: float = CONFIDENCE) -> TimeToSuccess:
    """Returns the control steps up to the first success, over the episodes that succeeded.

    The task must end an episode with its success (`Task.stops_on_success`): a record says how long the
    episode was, not when it first succeeded. Failures are not in it, so a policy that solves only the easy
    contexts looks quick: compare it beside the success rate, or on common successes.

    Contexts are draws, and training seeds where there are several: the mean's interval is that of
    `ilbench.scores.bounded.bounded_mean`, the median's that of Woodruff (`_median`).

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        confidence: Of the intervals.

    Raises:
        EmptyScoreError: No episode succeeded.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "time to success")
    episodes = sample.episodes
    if not episodes.success.any():
        raise EmptyScoreError(f"no time to success: none of {len(episodes)} episodes succeeded")
    steps = episodes.length.astype(np.float64)
    took = steps[episodes.success > 0]
    ends = float(took.min()), float(took.max())
    mean = bounded_mean(sample, steps, ends, episodes.success, confidence=confidence)
    return TimeToSuccess(mean=mean, median=_median(sample, steps, confidence))


def _median(sample: Sample, steps: FloatArray, confidence: float) -> Estimate:
    """Returns the median between the quantiles that the share at most as large may be.

    Woodruff (1952, Journal of the American Statistical Association 47, 635-646): the interval of that share,
    which knows of contexts and training seeds, read off the distribution itself.
    """
    success = sample.episodes.success
    took = np.sort(steps[success > 0])
    value = float(np.median(took))
    below = share(sample, (steps <= value).astype(np.float64), success, confidence=confidence)
    low, high = (below.low - below.value) + 0.5, (below.high - below.value) + 0.5
    first = int(np.floor(low * len(took))) - 1
    last = len(took) - int(np.floor((1 - high) * len(took)))
    return replace(
        below,
        value=value,
        low=float(took[max(first, 0)]),
        high=float(took[min(last, len(took) - 1)]),
        method=f"Woodruff over {sample.over()}"
        if first >= 0
        else "range, too few successes for the confidence",
        scatter=None,
    )
