"""Neighborhoods in demonstrations: how alike the actions and the next states are where states are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.fields import ActionField
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.errors import EmptyScoreError

NUM_NEIGHBORS = 10
MIN_NEIGHBORS = 2
"""One neighbor has no variance."""

MAX_QUERIES = 1000
"""States whose neighborhood is looked at, evenly spread over the demonstrations."""

MAX_STATES = 20_000
"""States that are candidates for neighbors, evenly spread; fewer where observations are large."""

MAX_NUMBERS = 20_000_000
_CHUNK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Steps of demonstrations as arrays of numbers.

    Attributes:
        states: All observation fields of a step beside one another, standardized, shape (N, D).
        next_states: The same after the action.
        labels: What is to be imitated, in half action ranges, or one-hot, shape (N, A).
        executed: What was executed, in the same form.
        trajectory: Index of each step's trajectory, shape (N,).
    """

    states: NDArray[np.float64]
    next_states: NDArray[np.float64]
    labels: NDArray[np.float64]
    executed: NDArray[np.float64]
    trajectory: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighborhoods:
    """What the k nearest states of other demonstrations have in common, averaged over states.

    After Belkhale, Cui and Sadigh (2023, NeurIPS: Data Quality in Imitation Learning): a learner does better
    where alike states have alike actions (a low `action_variance`) and, up to a point, where alike actions
    lead to different states (a high `transition_diversity`). Neither ranks data sets alone: the worst human
    data of robomimic has the lowest action variance.

    Attributes:
        num_states: States that were looked at.
        num_neighbors: k; fewer than asked for in a small set.
        distance: Mean root mean squared distance of a state to its k neighbors a dimension, in standard
            deviations: how alike "alike" is here. The others are to be read beside it.
        action_variance: Mean squared distance of the neighbors' labels to their mean: in half action ranges
            squared, summed over action dimensions; for discrete actions 1 less the sum of the squared shares
            of each action, in [0, 1).
        transition_diversity: Mean squared distance of the neighbors' state changes to their mean, a
            dimension, in standard deviations squared; here neighbors are alike in state and in executed
            action.
    """

    num_states: int
    num_neighbors: int
    distance: float
    action_variance: float
    transition_diversity: float


def measure_neighborhoods(
    trajectories: Sequence[Trajectory], action: ActionField, num_neighbors: int = NUM_NEIGHBORS
) -> Neighborhoods:
    """Returns how alike actions and next states are among the nearest states of other demonstrations.

    Neighbors are one state at most from each other demonstration, else they would be one demonstration's
    successive steps. Of few demonstrations most are not alike, so k is at most the square root of their
    number, and at least 2.

    Args:
        trajectories: At least three with a step.
        action: Of the task: its bounds are the unit of actions.
        num_neighbors: k.

    Raises:
        EmptyScoreError: There are fewer than three.
    """
    steps = make_steps(trajectories, action)
    others = len(np.unique(steps.trajectory)) - 1
    if others < MIN_NEIGHBORS:
        raise EmptyScoreError(f"no neighborhoods in {others + 1} demonstrations; at least 3 are needed")
    k = max(MIN_NEIGHBORS, min(num_neighbors, isqrt(others + 1)))
    queries = _evenly(len(steps.states), MAX_QUERIES)
    near, squared = _nearest(steps.states, steps.trajectory, queries, k)
    changes = steps.next_states - steps.states
    both = np.concatenate([steps.states, steps.executed], axis=1)
    near_both, _ = _nearest(both, steps.trajectory, queries, k)
    num_dimensions = steps.states.shape[1]
    return Neighborhoods(
        num_states=len(queries),
        num_neighbors=k,
        distance=float(np.sqrt(squared / num_dimensions).mean()),
        action_variance=_spread(steps.labels, near),
        transition_diversity=_spread(changes, near_both) / num_dimensions,
    )


def make_steps(trajectories: Sequence[Trajectory], action: ActionField) -> Steps:
    """Returns steps of demonstrations, evenly thinned to `MAX_STATES` and `MAX_NUMBERS`.

    Args:
        trajectories: The demonstrations; those without a step are left out.
        action: Of the task.

    Raises:
        EmptyScoreError: No demonstration has a step.
    """
    lengths = [len(t) for t in trajectories]
    if not sum(lengths):
        raise EmptyScoreError("no steps in the demonstrations")
    width = sum(int(np.prod(values.shape[1:])) for values in trajectories[0].observations.values())
    kept = _evenly(sum(lengths), min(MAX_STATES, max(2, MAX_NUMBERS // width)))
    owner = np.repeat(np.arange(len(lengths)), lengths)[kept]
    within = kept - np.concatenate([[0], np.cumsum(lengths)])[owner]
    rows = [(i, within[owner == i]) for i in np.unique(owner).tolist()]
    now, then = ([_flat(trajectories[i], at + shift) for i, at in rows] for shift in (0, 1))
    center, spread = np.concatenate(now).mean(axis=0), np.concatenate(now).std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    return Steps(
        states=(np.concatenate(now) - center) / spread,
        next_states=(np.concatenate(then) - center) / spread,
        labels=_numbers(np.concatenate([trajectories[i].expert_actions[at] for i, at in rows]), action),
        executed=_numbers(np.concatenate([trajectories[i].actions[at] for i, at in rows]), action),
        trajectory=owner,
    )


def _flat(trajectory: Trajectory, at: NDArray[np.intp]) -> NDArray[np.float64]:
    fields = [values[at].reshape(len(at), -1) for values in trajectory.observations.values()]
    numbers: NDArray[np.float64] = np.concatenate(fields, axis=1).astype(np.float64)
    return numbers


def _numbers(actions: NDArray[np.generic], action: ActionField) -> NDArray[np.float64]:
    """Returns actions as numbers, shape (N, A): in half ranges, or one-hot."""
    if action.num_actions is not None:
        numbers: NDArray[np.float64] = np.eye(action.num_actions)[actions.astype(np.intp)]
    else:
        half = 1.0 if action.low is None or action.high is None else (action.high - action.low) / 2
        numbers = actions.reshape(len(actions), -1).astype(np.float64) / half
    return numbers


def _spread(values: NDArray[np.float64], near: NDArray[np.intp]) -> float:
    """Returns the mean over queries of the neighbors' mean squared distance to their mean."""
    total = 0.0
    for start in range(0, len(near), _CHUNK):
        group = values[near[start : start + _CHUNK]]
        total += float(group.var(axis=1).sum())
    return total / len(near)


def _nearest(
    points: NDArray[np.float64], trajectory: NDArray[np.intp], queries: NDArray[np.intp], k: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Returns the k nearest points of as many other trajectories, and their squared distances, (Q, k)."""
    starts = np.flatnonzero(np.diff(trajectory, prepend=-1))
    squares = (points**2).sum(axis=1)
    indexes, squared = [], []
    for begin in range(0, len(queries), _CHUNK):
        rows = queries[begin : begin + _CHUNK]
        gaps = squares[rows][:, None] + squares - 2 * points[rows] @ points.T
        gaps[trajectory[rows][:, None] == trajectory] = np.inf
        best = np.minimum.reduceat(gaps, starts, axis=1)
        chosen = np.argpartition(best, k - 1, axis=1)[:, :k]
        ends = np.append(starts[1:], len(points))
        for row, groups in enumerate(chosen.tolist()):
            indexes.append([int(starts[g] + gaps[row, starts[g] : ends[g]].argmin()) for g in groups])
        squared.append(np.maximum(np.take_along_axis(best, chosen, axis=1), 0.0))
    return np.array(indexes, dtype=np.intp), np.concatenate(squared)


def _evenly(size: int, most: int) -> NDArray[np.intp]:
    """Returns at most `most` indexes below `size`, evenly spread."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).astype(np.intp))
