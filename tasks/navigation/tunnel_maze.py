"""A discrete maze: one cell a step to a goal, the whole maze in view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.tasks.navigation.tunnel_tasks import grid_field
from ilbench.tasks.navigation.tunnels import MOVES, NUM_ACTIONS, Cell, from_rows

WALL, GOAL, AGENT = range(3)
"""The planes of an observation."""

PIXELS = 480
COLORS = np.array([(60, 60, 70), (220, 50, 60), (40, 110, 220)], np.uint8)
"""Of wall, goal and agent in a picture; the floor is white."""


class TunnelMaze(TaskEnv):
    """A maze of square cells; a move into a wall changes nothing, the goal's cell ends the episode.

    A context is ``{"walls": [row, …], "start": [row, column], "goal": [row, column]}``, each row a text with
    ``#`` for a wall, and says everything: the seed of `reset` changes nothing. The reward is 1 on reaching
    the goal, else 0.

    Args:
        size: Cells on a side.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        walls: Of the present maze, shape (size, size), True where there is one.
        agent: The agent's cell.
        goal: The goal's cell.
    """

    walls: NDArray[np.bool_]
    agent: Cell
    goal: Cell

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, size: int, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space((grid_field(size),))
        self.action_space = gym.spaces.Discrete(NUM_ACTIONS)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Puts the agent on the context's start."""
        super().reset(seed=seed)
        context = context_from(options)
        self.walls = from_rows(context["walls"])
        self._is_wall: list[list[bool]] = self.walls.tolist()
        self.agent, self.goal = _cell(context["start"]), _cell(context["goal"])
        self._scene = np.zeros((*self.walls.shape, 3), np.uint8)
        self._scene[..., WALL] = self.walls
        self._scene[(*self.goal, GOAL)] = 1
        return self._observe(), {"success": self.agent == self.goal, "mode": None}

    def step(self, action: int) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves by one cell: 0 up, 1 right, 2 down, 3 left, 4 not at all."""
        if action < len(MOVES):
            row, column = self.agent[0] + MOVES[action][0], self.agent[1] + MOVES[action][1]
            if not self._is_wall[row][column]:
                self.agent = row, column
        success = self.agent == self.goal
        return self._observe(), float(success), success, False, {"success": success, "mode": None}

    def state(self) -> NDArray[np.int64]:
        """Returns the cells of agent and goal and the walls, flat."""
        return np.concatenate([np.array([*self.agent, *self.goal]), self.walls.ravel()])

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3), or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        picture = np.full((*self.walls.shape, 3), 255, np.uint8)
        planes = self._observe()["grid"]
        for plane, color in enumerate(COLORS):
            picture[planes[..., plane] == 1] = color
        nearest = np.arange(PIXELS) * len(picture) // PIXELS
        drawn: NDArray[np.uint8] = picture[nearest][:, nearest]
        return drawn

    def _observe(self) -> dict[str, NDArray[Any]]:
        grid = self._scene.copy()
        grid[(*self.agent, AGENT)] = 1
        return {"grid": grid}


def _cell(values: list[int]) -> Cell:
    return int(values[0]), int(values[1])
