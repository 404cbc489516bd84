"""Behavior entropy as a function of the number of rollouts, beside the most that so many allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.diversity.entropy import entropy_ceiling, plug_in_entropy
from ilbench.scores.diversity.mode_counts import shows_mode
from ilbench.scores.episode_table import Episodes, MismatchedRecordsError, as_table


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropyPoint:
    """The entropy that the first rollouts of every context show.

    Attributes:
        num_rollouts: Rollouts of each context that were looked at.
        entropy: Plug-in entropy in [0, 1], base the number of modes, averaged over contexts.
        ceiling: What a uniform policy with as many successes on each of them would show on average.
    """

    num_rollouts: int
    entropy: float
    ceiling: float


def entropy_curve(records: Episodes, num_modes: int) -> tuple[EntropyPoint, ...]:
    """Returns the conditional behavior entropy after 1, 2, … rollouts of each context.

    Both values leave out contexts without a success that has a mode; a number of rollouts after which no
    context has one has no point. A plug-in entropy grows with the number of rollouts for any policy but a
    deterministic one: two policies are compared at the same number, or each with its ceiling.

    Args:
        records: Of one task, split and training seed.
        num_modes: How many modes the task has.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: The records are of several tasks or splits.
    """
    episodes = as_table([records])
    if len(episodes.played) > 1:
        raise MismatchedRecordsError("an entropy curve is of one task and split; give each alone")
    repeats, repeat = np.unique(episodes.repeat, return_inverse=True)
    contexts, context = np.unique(episodes.context, return_inverse=True)
    shown = shows_mode(episodes)
    counts = np.zeros((len(repeats), len(contexts), num_modes))
    np.add.at(counts, (repeat[shown], context[shown], episodes.mode[shown]), 1)
    cumulative = counts.cumsum(axis=0)
    if not cumulative.any():
        raise EmptyScoreError("no entropy curve: no episode succeeded with a mode")
    points = (_point(index + 1, cumulative[index]) for index in range(len(repeats)))
    return tuple(point for point in points if point is not None)


def _point(
    num_rollouts: int, counts: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> EntropyPoint | None:
    successes: Sequence[int] = [int(n) for n in counts.sum(axis=1) if n]
    if not successes:
        return None
    return EntropyPoint(
        num_rollouts=num_rollouts,
        entropy=float(np.nanmean(plug_in_entropy(counts))),
        ceiling=float(np.mean([entropy_ceiling(n, counts.shape[1]) for n in successes])),
    )
