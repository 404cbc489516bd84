"""The scripted expert of the Pushing task: any pairing of cubes and zones, in either order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.d3il.hand import ToolHand
from ilbench.tasks.d3il.pusher import Point, advance, follow
from ilbench.tasks.d3il.pushing import MODES, ZONES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

PLACED_M = (0.018, 0.030)
"""Range of the distance from a zone's center at which a cube is well placed."""

LOST_M = 0.044
"""A placed cube that is farther from its zone's center than this is pushed again."""

AIM_M = 0.008
"""Standard deviation of where in a zone a cube is taken to."""


class PushingExpert:
    """Takes the first cube to its zone, then the other to the other zone, each around the other."""

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, which has just been reset."""
        rng = np.random.default_rng(seed)
        drawn = int(rng.integers(len(MODES)))
        mode = drawn if mode is None else mode
        crossed, first = divmod(mode, 2)
        zones = list(ZONES.values())
        self._env: Any = env.unwrapped
        self._order = (first, 1 - first)
        self._goals: list[Point] = []
        for cube in (0, 1):
            x, y = zones[cube if crossed == 0 else 1 - cube]
            dx, dy = AIM_M * np.clip(rng.normal(size=2), -1.5, 1.5)
            self._goals.append((x + float(dx), y + float(dy)))
        self._placed_m = float(rng.uniform(*PLACED_M))
        self._haste = float(rng.uniform(0.75, 1.0))
        self._hand = ToolHand(rng)
        self._placed = False

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the change of the commanded position, m, shape (2,)."""
        situation = self._env.situation
        rod: Point = situation.tool[:2]
        at: list[Point] = [(pose.x, pose.y) for pose in situation.objects]
        first, second = self._order
        distance = situation.objects[first].distance(*self._goals[first])
        self._placed = distance < (LOST_M if self._placed else self._placed_m)
        cube, other = (second, first) if self._placed else (first, second)
        step = advance(rod, at[cube], self._goals[cube], (at[other],))
        return follow(self._hand, self._env.set_point, rod, step, self._haste)
