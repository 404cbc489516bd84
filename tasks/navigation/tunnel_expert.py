"""The expert of the discrete mazes: breadth-first search from the goal until it meets the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ilbench.tasks.navigation.tunnel_maze import AGENT, GOAL, WALL
from ilbench.tasks.navigation.tunnels import UNREACHED, Cell, search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation


class TunnelExpert:
    """Takes a shortest way, of several always the same; it needs nothing but the observation.

    What it computed for its last action is told by `procedure`: a learner can imitate the search, not only
    its outcome.
    """

    def __init__(self) -> None:
        self._maze = b""
        self._whole: NDArray[np.uint8]
        self._expansions: NDArray[np.uint8]

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Does nothing: neither the seed nor the past changes an action."""

    def act(self, observation: Observation) -> NDArray[np.generic]:
        """Returns the first move of a shortest way from the agent's cell, int64."""
        grid = observation["grid"]
        maze = grid[..., :AGENT].tobytes()
        if maze != self._maze:  # all that a search can reach: where it ends is found by its rounds
            self._maze, self._whole = maze, search(grid[..., WALL] == 1, _place(grid[..., GOAL]))
        agent = _place(grid[..., AGENT])
        reached = self._whole[..., :1] <= self._whole[(*agent, 0)]
        self._expansions = np.where(reached, self._whole, np.uint8(UNREACHED))
        return np.array(self._expansions[(*agent, 1)], np.int64)

    def procedure(self) -> dict[str, NDArray[np.uint8]]:
        """Returns the search behind the last action, see `ilbench.tasks.navigation.tunnels.search`."""
        return {"expansions": self._expansions}


def _place(plane: NDArray[np.uint8]) -> Cell:
    row, column = divmod(int(plane.argmax()), plane.shape[1])
    return row, column
