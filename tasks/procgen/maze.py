"""Maze: the planner that demonstrates it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.procgen.state import WALL, GameState, decode_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

CHEESE = 2
MOVES = {(0, -1): 1, (-1, 0): 3, (1, 0): 5, (0, 1): 7}
"""The action of each move, by change of (row, column): left, down, up, right."""


class MazeExpert:
    """Takes the shortest path to the cheese from wherever the agent is.

    A maze is a tree (Kruskal's algorithm), so the path is unique and the action a function of the frame:
    no seed, no history. Asked after a wrong turn, it shows the way back.
    """

    def __init__(self) -> None:
        self._env: Any = None
        self._distances: NDArray[np.int32] = np.zeros((0, 0), np.int32)

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Measures the level's distances to the cheese; `seed` and `mode` change nothing."""
        self._env = env.unwrapped
        self._distances = distances_to_cheese(self._state())

    def act(self, observation: Observation) -> NDArray[np.generic]:
        """Returns the move from the agent's cell to the neighbor that is nearest to the cheese, int64."""
        row, column = self._state().agent_cell
        here = self._distances[row, column]
        for (d_row, d_column), action in MOVES.items():
            cell = row + d_row, column + d_column
            if _is_inside(cell, self._distances) and self._distances[cell] == here - 1:
                return np.array(action, np.int64)
        raise RuntimeError(f"no way to the cheese from row {row}, column {column}; was the level ended?")

    def _state(self) -> GameState:
        return decode_state(self._env.state().tobytes())


def distances_to_cheese(state: GameState) -> NDArray[np.int32]:
    """Returns each cell's number of steps to the cheese, shape of the grid; -2 where there is no way."""
    distances = np.full(state.grid.shape, -2, np.int32)
    queue = deque(state.cells(CHEESE))
    for cell in queue:
        distances[cell] = 0
    while queue:
        row, column = queue.popleft()
        for d_row, d_column in MOVES:
            cell = row + d_row, column + d_column
            if _is_inside(cell, distances) and distances[cell] == -2 and state.grid[cell] != WALL:
                distances[cell] = distances[row, column] + 1
                queue.append(cell)
    return distances


def _is_inside(cell: tuple[int, int], grid: NDArray[Any]) -> bool:
    return 0 <= cell[0] < grid.shape[0] and 0 <= cell[1] < grid.shape[1]
