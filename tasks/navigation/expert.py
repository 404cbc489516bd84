"""The expert of the maze tasks: the shortest way cell by cell, corners cut where the sight is free."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ilbench.tasks.navigation.cells import Cell, Point
from ilbench.tasks.navigation.mazes import load_maze

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

SPEED = 2.8
"""Mean cruising speed in m/s."""

SPEED_SPREAD = 0.1
"""Each episode's speed is drawn this much, relatively, around the mean."""

STIFFNESS = 0.35
"""Action per m/s of velocity error: with 100 N on 4.19 kg a time constant of 0.12 s."""

FULL_FORCE_N = 100.0
CLEARANCE_M = 0.22
"""How far from walls a straight line to a point further on has to stay; the ball's radius is 0.1 m."""

LOOKAHEAD = 4
"""How many cells ahead the expert looks for such a line."""


class PointMazeExpert:
    """Steers at a set speed toward the furthest point of the shortest way that it sees.

    Apart from the speed, drawn once an episode, the action is a function of the observation: the
    way is found anew at each step from the present cell, and ties are always broken alike. The expert
    knows the maze and the wind, which a policy is not told. Told a place within a wall, by senses that are
    disturbed, it takes the nearest free cell for it.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Reads the maze and draws the speed; there are no modes."""
        rng = np.random.default_rng(seed)
        self._speed = SPEED * rng.uniform(1 - SPEED_SPREAD, 1 + SPEED_SPREAD)
        self._maze = load_maze(env.unwrapped.maze)
        self._wind_x, self._wind_y = (n / FULL_FORCE_N for n in env.unwrapped.wind)
        self._goal: Cell | None = None
        self._following: dict[Cell, Cell] = {}
        self._walls = self._maze.wall_centers

    def act(self, observation: Observation) -> NDArray[np.float32]:
        """Returns the force toward the next point of the way, shape (2,)."""
        x, y, vx, vy, goal_x, goal_y = observation["state"].tolist()
        target_x, target_y = self._target((x, y), (goal_x, goal_y))
        dx, dy = target_x - x, target_y - y
        scale = self._speed / max(math.hypot(dx, dy), 1e-6)
        force = np.array(
            (
                STIFFNESS * (dx * scale - vx) - self._wind_x,
                STIFFNESS * (dy * scale - vy) - self._wind_y,
            )
        )
        return np.clip(force, -1.0, 1.0).astype(np.float32)

    def _target(self, position: Point, goal: Point) -> Point:
        goal_cell = self._maze.free_cell_at(*goal)
        if goal_cell != self._goal:
            self._goal, self._following = goal_cell, self._maze.next_cells_to(goal_cell)
        cell = self._maze.free_cell_at(*position)
        ahead: list[Point] = []
        while cell != goal_cell and len(ahead) < LOOKAHEAD:
            cell = self._following[cell]
            ahead.append(self._maze.center(cell))
        if cell == goal_cell:
            ahead[-1:] = [goal]
        for point in reversed(ahead[1:]):
            if self._is_free(position, point):
                return point
        return ahead[0]

    def _is_free(self, start: Point, end: Point) -> bool:
        """Returns whether the segment stays `CLEARANCE_M` from every wall."""
        return not any(_meets(start, end, wall, 0.5 + CLEARANCE_M) for wall in self._walls)


def _meets(start: Point, end: Point, center: Point, half_side: float) -> bool:
    """Returns whether a segment meets a square (the slab method)."""
    enter, leave = 0.0, 1.0
    for axis in (0, 1):
        low, high = center[axis] - half_side - start[axis], center[axis] + half_side - start[axis]
        delta = end[axis] - start[axis]
        if abs(delta) < 1e-12:
            if not low < 0.0 < high:
                return False
            continue
        first, second = low / delta, high / delta
        enter, leave = max(enter, min(first, second)), min(leave, max(first, second))
    return enter < leave
