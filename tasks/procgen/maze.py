"""Maze: the planner that demonstrates it, and the levels that are its contexts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.procgen.environment import ProcgenEnv
from ilbench.tasks.procgen.specs import FIRST_HARD_LEVEL, FIRST_TEST_LEVEL, MAZE_OPTIONS, NUM_LEVELS
from ilbench.tasks.procgen.state import WALL, GameState, decode_state

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from ilbench.policy import Observation

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

    def reset(self, env: gym.Env[Any, Any], seed: int, mode: int | None = None) -> None:
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


def layout(state: GameState) -> bytes:
    """Returns the maze alone, cheese included, without the rock around it.

    Two levels with the same layout are the same maze whatever their textures and the size of the world
    they are drawn in. The agent always starts in the lower left corner.
    """
    maze_size, world_size = (int(size) for size in state.extra)
    margin = (world_size - maze_size) // 2
    return state.grid[margin : margin + maze_size, margin : margin + maze_size].tobytes()


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of `procgen/maze-v1` by split: levels, in ascending order.

    Training levels are 0 to 199, as in the literature; 22 of them repeat a layout of another. Every
    further level counts only if its layout occurs neither among them nor earlier in the held-out splits
    (without that, every ninth test level is a maze that was trained on).
    """
    env = ProcgenEnv(**MAZE_OPTIONS)
    train = [{"level": level} for level in range(NUM_LEVELS)]
    seen = {_layout(env, context) for context in train}
    test = list(_unseen(env, FIRST_TEST_LEVEL, {}, seen))
    hard = list(_unseen(env, FIRST_HARD_LEVEL, {"distribution_mode": "hard"}, seen))
    env.close()
    plain = [{**context, "use_backgrounds": False} for context in test]
    return {"train": train, "test": test, "shift/plain": plain, "shift/hard": hard}


def _unseen(
    env: ProcgenEnv, first: int, options: dict[str, Any], seen: set[bytes]
) -> Iterator[dict[str, Any]]:
    """Yields `NUM_LEVELS` contexts from level `first` on whose layouts are new, and adds these to `seen`."""
    level, target = first, len(seen) + NUM_LEVELS
    while len(seen) < target:
        context = {"level": level, **options}
        found = _layout(env, context)
        if found not in seen:
            seen.add(found)
            yield context
        level += 1


def _layout(env: ProcgenEnv, context: dict[str, Any]) -> bytes:
    env.reset(options={"context": context})
    return layout(decode_state(env.state().tobytes()))


def _is_inside(cell: tuple[int, int], grid: NDArray[Any]) -> bool:
    return 0 <= cell[0] < grid.shape[0] and 0 <= cell[1] < grid.shape[1]
