"""Diversity of trajectories: for tasks whose behavior has no enumerated modes.

All are functions of arrays of states, not of records: a record holds no trajectory. States are to be scaled
alike before, such as by the demonstrations' standard deviations, see `Scale`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import UndefinedScoreError

NUM_POINTS = 16
"""Points of a path that `path_descriptor` keeps, start and end among them."""

NUM_NEIGHBORS = 5
"""As in Naeem et al. (2020)."""

_CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear scaling of states, dimension by dimension.

    Attributes:
        center: Mean of each dimension, shape (D,).
        spread: Its standard deviation, 1 where that is 0: a dimension in which the reference never moves.
    """

    center: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, paths: Sequence[FloatArray]) -> Scale:
        """Returns the scale of reference paths, each of shape (T + 1, D).

        Raises:
            EmptyScoreError: There is no path.
        """
        if not paths:
            raise EmptyScoreError("no scale of no paths; at least one trajectory is needed")
        states = np.concatenate(paths)
        spread = states.std(axis=0)
        return cls(center=states.mean(axis=0), spread=np.where(spread > 1e-9, spread, 1.0))

    def __call__(self, states: FloatArray) -> FloatArray:
        """Returns states of shape (..., D) in units of the reference's spread."""
        return (states - self.center) / self.spread


def path_descriptor(states: FloatArray, num_points: int = NUM_POINTS) -> FloatArray:
    """Returns a path as a vector of shape (num_points * D,), whatever its length.

    The states at equal fractions of its duration, linear between steps: when something was done relative to
    the whole counts, the speed does not.

    Args:
        states: Shape (T + 1, D), scaled.
        num_points: How many, start and end among them.

    Raises:
        EmptyScoreError: There is no state.
    """
    if not len(states):
        raise EmptyScoreError("no descriptor of a path without states")
    at = np.linspace(0, len(states) - 1, num_points)
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, len(states) - 1)
    weight = (at - below)[:, None]
    points: FloatArray = (1 - weight) * states[below] + weight * states[above]
    return points.ravel()


def gaussian_kernel(descriptors: FloatArray, bandwidth: float) -> FloatArray:
    """Returns ``exp(-d^2 / (2 bandwidth^2))`` of every pair, shape (n, n).

    Args:
        descriptors: Shape (n, F).
        bandwidth: Distance at which two descriptors are alike by 0.61; `median_distance` of the
            demonstrations gives one for a task that does not depend on the policy.

    Raises:
        UndefinedScoreError: The bandwidth is not positive.
    """
    if not bandwidth > 0:
        raise UndefinedScoreError(f"a kernel needs a bandwidth above 0, found {bandwidth:g}")
    kernel: FloatArray = np.exp(-(distances(descriptors, descriptors) ** 2) / (2 * bandwidth**2))
    return kernel


def vendi_score(kernel: FloatArray) -> float:
    """Returns the effective number of different items, in [1, n]: 1 if all are alike, n if no two are.

    The exponential of the von Neumann entropy of ``kernel / n`` (Friedman and Dieng 2023, Transactions on
    Machine Learning Research). It grows with n: compare it at equal n, over the same kernel. It knows nothing
    of success: a policy that fails in many ways is diverse, so give it successes only.

    Args:
        kernel: Similarities, shape (n, n): symmetric, positive semidefinite, 1 on the diagonal.

    Raises:
        EmptyScoreError: There is no item.
        UndefinedScoreError: The kernel is not of that kind.
    """
    if not kernel.size:
        raise EmptyScoreError("no Vendi score of no trajectories")
    if kernel.shape != kernel.T.shape or not np.allclose(kernel, kernel.T):
        raise UndefinedScoreError(f"a kernel is a symmetric square matrix, found one of shape {kernel.shape}")
    if not np.allclose(np.diag(kernel), 1):
        raise UndefinedScoreError("a kernel gives each item a similarity of 1 with itself")
    values = np.linalg.eigvalsh(kernel / len(kernel))
    if values[0] < -1e-8:
        raise UndefinedScoreError(f"a kernel has no negative eigenvalue, found {values[0]:.3g}")
    values = values[values > 0]
    return exp(float(-(values * np.log(values)).sum()))


def state_coverage(
    paths: Sequence[FloatArray], demonstrations: Sequence[FloatArray], num_neighbors: int = NUM_NEIGHBORS
) -> float:
    """Returns the share of the demonstrations' states that a policy comes near to, in [0, 1].

    Coverage of Naeem et al. (2020, ICML): a state is covered if a state of the policy is as near as its
    k-th nearest neighbor among the demonstrations. Neighbors are taken one from each other demonstration,
    else they would be the steps before and after. It depends on how densely the policy's states lie, so
    compare it at equal numbers of trajectories.

    Args:
        paths: The policy's, each of shape (T + 1, D), scaled.
        demonstrations: The same for the demonstrations.
        num_neighbors: k; fewer where there are fewer other demonstrations.

    Raises:
        EmptyScoreError: There are no paths, or fewer than 2 demonstrations.
    """
    if not paths or len(demonstrations) < 2:
        raise EmptyScoreError(
            f"coverage needs a path and 2 demonstrations, found {len(paths)} and {len(demonstrations)}"
        )
    k = min(num_neighbors, len(demonstrations) - 1)
    states = np.concatenate(paths)
    covered, total = 0, 0
    for index, own in enumerate(demonstrations):
        others = [d for i, d in enumerate(demonstrations) if i != index]
        nearest = np.stack([_nearest(own, other) for other in others])
        radius = np.partition(nearest, k - 1, axis=0)[k - 1]
        covered += int((_nearest(own, states) <= radius + 1e-12).sum())
        total += len(own)
    return covered / total


def median_distance(descriptors: FloatArray) -> float:
    """Returns the median distance between two different descriptors.

    Raises:
        EmptyScoreError: There are fewer than 2.
    """
    if len(descriptors) < 2:
        raise EmptyScoreError(f"no distance between {len(descriptors)} descriptors; 2 are needed")
    pairs = np.triu_indices(len(descriptors), 1)
    return float(np.median(distances(descriptors, descriptors)[pairs]))


def distances(first: FloatArray, second: FloatArray) -> FloatArray:
    """Returns the Euclidean distance of every pair, shape (len(first), len(second))."""
    return np.concatenate([*_distance_rows(first, second), np.zeros((0, len(second)))])


def _nearest(states: FloatArray, others: FloatArray) -> FloatArray:
    return np.concatenate([rows.min(axis=1) for rows in _distance_rows(states, others)])


def _distance_rows(first: FloatArray, second: FloatArray) -> Iterator[FloatArray]:
    """Yields the distances in blocks of rows, so that memory stays small."""
    squares = (second**2).sum(axis=1)
    for start in range(0, len(first), _CHUNK):
        rows = first[start : start + _CHUNK]
        squared = (rows**2).sum(axis=1)[:, None] + squares - 2 * rows @ second.T
        yield np.sqrt(np.maximum(squared, 0.0))
