"""The random baseline: the zero of every scale, and the ruler for the harness's own cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.fields import ActionField
from ilbench.contract.policy import DEFAULT_WIDTH, Observation

BLOCK = 256
"""Steps drawn ahead, so that the cost of a call is that of an index."""


class RandomPolicy:
    """Draws every action uniformly from its range; an episode's actions depend on its seed only.

    The lanes share one cursor into a block of actions drawn ahead. A lane that is reset gets its new
    stream from the cursor on, so its k-th action is the k-th of its own stream wherever the cursor is.
    """

    def __init__(self) -> None:
        self._cursor = 0
        self._block: NDArray[Any] = np.empty((0, DEFAULT_WIDTH))
        self._action = ActionField()
        self._generators = [np.random.default_rng(lane) for lane in range(DEFAULT_WIDTH)]

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Starts the lane's stream anew."""
        action = ActionField.from_description(task["action"])
        if action != self._action:
            self._action = action
            self._refill()
        generator = self._generators[lane] = np.random.default_rng(seed)
        self._block[self._cursor :, lane] = self._action.sample(generator, BLOCK - self._cursor)

    def act(self, observations: Observation) -> NDArray[Any]:
        """Returns one action a lane, whatever the observations."""
        if self._cursor == BLOCK:
            self._refill()
        actions: NDArray[Any] = self._block[self._cursor]
        self._cursor += 1
        return actions

    def _refill(self) -> None:
        # A new array: rows of the old one may still be in somebody's hands.
        self._block = np.stack(
            [self._action.sample(generator, BLOCK) for generator in self._generators], axis=1
        )
        self._cursor = 0
