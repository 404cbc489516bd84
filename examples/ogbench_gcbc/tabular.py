"""What the loss of goal-conditioned cloning asks for, without a network: mean actions of bins of pairs.

Among the functions that are constant on square bins of state and goal, the mean action of a bin is what
minimizes the squared error exactly. No optimizer, no initial weights, no number of steps: if this fails in
the maze, it is the objective on these data that fails, and a network that does better has not fitted it.
"""

from __future__ import annotations

import numpy as np
from learning import Data
from playing import Floats
from scipy import sparse

LOW_M, SPAN_M = -6.0, 36.0
"""The maze with its walls lies within these, on both axes."""


class Table:
    """Sums of actions over pairs of a state's and a goal's bin, to be divided by how often the pair occurs.

    Args:
        state_m: Side of a state's bin.
        goal_m: Side of a goal's bin.
        discount: None where goals are uniform over the rest of the trajectory, else geometrically distant.
        smooth: Whether actions change linearly between the middles of states' bins, in place of by steps.
    """

    def __init__(
        self, state_m: float, goal_m: float, discount: float | None = None, smooth: bool = False
    ) -> None:
        self.state_m, self.goal_m, self.discount, self.smooth = state_m, goal_m, discount, smooth
        shape = (_num_bins(state_m), _num_bins(goal_m))
        self._weights = np.zeros(shape, np.float32)
        self._sums = np.zeros((2, *shape), np.float32)

    def add(self, data: Data) -> None:
        """Counts every pair of a step and a later one, each as often as it is drawn in training."""
        states = _bins(data.places.numpy(), self.state_m)
        goals = _bins(data.places.numpy(), self.goal_m)
        for here, there, actions in zip(states, goals, data.actions.numpy(), strict=True):
            seen, columns = np.unique(there, return_inverse=True)
            chances = _chances(columns, len(seen), self.discount)
            shape, steps = (len(self._weights), len(here)), np.arange(len(here))
            rows = np.unique(here)
            for sums, values in zip(
                (self._weights, *self._sums), (np.ones(len(here), np.float32), *actions.T), strict=True
            ):
                added = sparse.csr_matrix((values, (here, steps)), shape=shape)[rows] @ chances
                sums[np.ix_(rows, seen)] += added

    def act(self, states: Floats, goals: Floats) -> Floats:
        """Returns the mean actions of the pairs' bins, (B, 2); zero where a pair never occurred.

        Between middles of bins those that never occurred with the goal do not count.
        """
        there = _bins(goals, self.goal_m)
        if not self.smooth:
            return self._mean(_bins(states, self.state_m), there)[0]
        places = (states - LOW_M) / self.state_m - 0.5
        corner = np.floor(places)
        share = places - corner
        total, weight = np.zeros_like(states), np.full((len(states), 1), 1e-6, states.dtype)
        for right, up in ((0, 0), (0, 1), (1, 0), (1, 1)):
            middle = LOW_M + (corner + (right, up) + 0.5) * self.state_m
            mean, seen = self._mean(_bins(middle, self.state_m), there)
            part = np.abs(1 - right - share[:, :1]) * np.abs(1 - up - share[:, 1:]) * seen[:, None]
            total += part * mean
            weight += part
        actions: Floats = total / weight
        return actions

    def _mean(self, here: Floats, there: Floats) -> tuple[Floats, Floats]:
        """Returns the mean actions of pairs of bins, (B, 2), and whether each occurred, (B,)."""
        weights = self._weights[here, there]
        return self._sums[:, here, there].T / np.maximum(weights, 1e-6)[:, None], weights > 0


def _chances(columns: Floats, num_goals: int, discount: float | None) -> Floats:
    """Returns the chance of each goal's bin at each step, (steps, num_goals)."""
    steps = len(columns)
    chances = np.zeros((steps, num_goals), np.float32)
    chances[-1, columns[-1]] = chances[-2, columns[-1]] = 1.0
    if discount is None:
        chances[np.arange(steps - 2), columns[1:-1]] = 1.0
        chances[:-1] = chances[-2::-1].cumsum(axis=0)[::-1]
        chances /= chances.sum(axis=1, keepdims=True)
        return chances
    for step in range(steps - 3, -1, -1):
        chances[step] = discount * chances[step + 1]
        chances[step, columns[step + 1]] += 1 - discount
    return chances


def _num_bins(side_m: float) -> int:
    return int(np.ceil(SPAN_M / side_m)) ** 2


def _bins(places: Floats, side_m: float) -> Floats:
    per_axis = int(np.ceil(SPAN_M / side_m))
    cells = ((places - LOW_M) / side_m).astype(int).clip(0, per_axis - 1)
    numbers: Floats = cells[..., 1] * per_axis + cells[..., 0]
    return numbers
