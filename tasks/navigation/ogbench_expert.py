"""The expert of OGBench's point mazes: from cell to cell on a shortest way, then straight to the goal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ilbench.tasks.navigation.cells import Cell
from ilbench.tasks.navigation.ogbench_mazes import load_maze, load_maze_around_teleports

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

STEP_M = 0.2


class OgbenchPointExpert:
    """Steers at full speed to the center of the next cell, in the goal's cell to the goal.

    OGBench's own oracle goes to centers to the end, which may be 1.4 m from the goal, and through teleports,
    which lead anywhere; this one takes the shortest way around them. The action is a function of the
    observation: no seed, no history.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Reads which maze it is; seed and mode change nothing."""
        name: str = env.unwrapped.maze
        self._maze, self._around = load_maze(name), load_maze_around_teleports(name)
        self._goal: Cell | None = None
        self._following: dict[Cell, Cell] = {}

    def act(self, observation: Observation) -> NDArray[np.float32]:
        """Returns the move toward the next point of the way, in fifths of a meter, shape (2,)."""
        x, y = observation["state"].tolist()
        goal_x, goal_y = observation["goal"].tolist()
        goal, cell = self._maze.cell_at(goal_x, goal_y), self._maze.cell_at(x, y)
        if goal != self._goal:
            # Who was blown into a teleport's cell finds out of it by the ways that know no teleports.
            self._goal = goal
            self._following = {**self._maze.next_cells_to(goal), **self._around.next_cells_to(goal)}
        target_x, target_y = (goal_x, goal_y) if cell == goal else self._maze.center(self._following[cell])
        dx, dy = target_x - x, target_y - y
        return np.array((dx, dy), np.float32) / np.float32(max(math.hypot(dx, dy), STEP_M))
