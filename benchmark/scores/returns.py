"""Returns: the mean, as it is and between the task's references."""

from __future__ import annotations

from collections.abc import Iterable

from ilbench.contract.shipped import Reference
from ilbench.scores.bounded import bounded_mean
from ilbench.scores.episode_table import Episodes
from ilbench.scores.sample import make_sample
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, UndefinedScoreError


def mean_return(*runs: Episodes, known: Iterable[float] = (), confidence: float = CONFIDENCE) -> Estimate:
    """Returns the mean return of the scored episodes.

    The interval is that of `ilbench.scores.bounded.bounded_mean`: contexts are draws, and training seeds
    where there are several. Where all returns are equal and no other is known it has no width:
    read n beside it.

    Args:
        *runs: Episodes of one task and split, one sequence a training seed.
        known: Further returns that are known to occur on the task, such as those of its references.
        confidence: Of the interval.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    sample = make_sample(runs, "mean return")
    returns = sample.episodes.episode_return
    occurred = [float(returns.min()), float(returns.max()), *known]
    return bounded_mean(sample, returns, (min(occurred), max(occurred)), confidence=confidence)


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
    return estimate.scaled(1 / scale, -random.mean_return / scale)
