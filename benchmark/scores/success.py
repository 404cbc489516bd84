"""Success: the rate, with Wilson's interval or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ilbench.scores.bounded import share
from ilbench.scores.episode_table import Episodes, EpisodeTable
from ilbench.scores.sample import make_sample
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate
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
) -> Estimate:
    """Returns the share of scored episodes that succeeded, in [0, 1].

    A policy's own fault is a failure and stays in n. An ``env_error`` is left out; see `num_unscored`. The
    interval takes contexts for draws, and training seeds where there are several: see
    `ilbench.scores.bounded.share`. With one training seed it is about that policy on new contexts; with
    several about the method on new contexts with new training seeds, and wide with two or three. Where all
    episodes have one context it is about that context alone, and episodes with the same actions count once.

    Args:
        *runs: Records of one task and split, one sequence a training seed.
        outcome: What counts as a success.
        interval: Interval of a share, from `ilbench.scores.statistics.intervals`.
        confidence: Of the interval.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "success rate")
    return share(sample, outcome(sample.episodes), interval=interval, confidence=confidence)
