"""The random baseline: the zero of every scale, and the ruler for the harness's own cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.policy import DEFAULT_WIDTH, Observation
from ilbench.demonstrations.rollout import UNBOUNDED_SCALE

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
        self._action: Mapping[str, Any] = {}
        self._generators = [np.random.default_rng(lane) for lane in range(DEFAULT_WIDTH)]

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Starts the lane's stream anew."""
        if task["action"] != self._action:
            self._action = task["action"]
            self._refill()
        generator = self._generators[lane] = np.random.default_rng(seed)
        self._block[self._cursor :, lane] = self._draw(generator, BLOCK - self._cursor)

    def act(self, observations: Observation) -> NDArray[Any]:
        """Returns one action a lane, whatever the observations."""
        if self._cursor == BLOCK:
            self._refill()
        actions: NDArray[Any] = self._block[self._cursor]
        self._cursor += 1
        return actions

    def _refill(self) -> None:
        # A new array: rows of the old one may still be in somebody's hands.
        self._block = np.stack([self._draw(generator, BLOCK) for generator in self._generators], axis=1)
        self._cursor = 0

    def _draw(self, generator: np.random.Generator, count: int) -> NDArray[Any]:
        action = self._action
        if action["num_actions"] is not None:
            return generator.integers(action["num_actions"], size=count)
        low = -UNBOUNDED_SCALE if action["low"] is None else action["low"]
        high = UNBOUNDED_SCALE if action["high"] is None else action["high"]
        return generator.uniform(low, high, (count, *action["shape"])).astype(np.float32)
