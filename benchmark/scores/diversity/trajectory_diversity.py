"""Diversity of a policy's trajectories beside the demonstrations', for tasks without enumerated modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.diversity.trajectories import (
    Scale,
    gaussian_kernel,
    median_distance,
    path_descriptor,
    state_coverage,
    vendi_score,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryDiversity:
    """How various trajectories are, beside as many demonstrations.

    Attributes:
        num_trajectories: How many of each were compared; the scores hold for this number only.
        vendi: Effective number of different trajectories of the policy, in [1, `num_trajectories`].
        vendi_demonstrations: The same of the demonstrations.
        coverage: Share of these demonstrations' states that the policy comes near to, in [0, 1].
        bandwidth: Of the Gaussian kernel, between paths of 16 states in standard deviations of the
            demonstrations: the median distance between two demonstrations.
    """

    num_trajectories: int
    vendi: float
    vendi_demonstrations: float
    coverage: float
    bandwidth: float


def score_trajectories(
    paths: Sequence[NDArray[np.float64]], demonstrations: Sequence[NDArray[np.float64]]
) -> TrajectoryDiversity:
    """Returns the diversity of a policy's trajectories, beside as many demonstrations.

    Of the larger set, evenly spread ones are taken, since both scores grow with the number of trajectories.

    Args:
        paths: States of the policy's successes, each of shape (T + 1, D).
        demonstrations: The same of the demonstrations.

    Raises:
        EmptyScoreError: There are fewer than two of one.
        UndefinedScoreError: All demonstrations are the same.
    """
    size = min(len(paths), len(demonstrations))
    if size < 2:
        raise EmptyScoreError(
            f"no diversity of {len(paths)} trajectories beside {len(demonstrations)} demonstrations; "
            "2 of each are needed"
        )
    scale = Scale.of(demonstrations)
    shown, taught = (
        [scale(part[i]) for i in np.linspace(0, len(part) - 1, size).astype(int)]
        for part in (paths, demonstrations)
    )
    own, theirs = (np.stack([path_descriptor(path) for path in part]) for part in (shown, taught))
    bandwidth = median_distance(theirs)
    return TrajectoryDiversity(
        num_trajectories=size,
        vendi=vendi_score(gaussian_kernel(own, bandwidth)),
        vendi_demonstrations=vendi_score(gaussian_kernel(theirs, bandwidth)),
        coverage=state_coverage(shown, taught),
        bandwidth=bandwidth,
    )
