"""The planning expert of PushT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.manipulation.pusht.layout import FACES, SIZE_PX
from ilbench.tasks.manipulation.pusht.planner import Push, aimed, plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.tasks.manipulation.pusht.paths import Array

LEAD_PX = (35.0, 50.0)
"""Range of how far ahead of the agent its target is; five times that is its speed in px/s."""

MARGIN_PX = (6.0, 12.0)
"""Range of the distance that the agent keeps from the T on its way around."""

FIRST_MARGIN_PX = 16.0
"""The same on the way to the first push, which is not to touch the T elsewhere."""

LAST_MARGIN_PX = 2.0
"""The same where no other way is free."""

PASSED_PX = 18.0
ARRIVED_PX = 4.0
PUSHED_PX = 0.7
"""Distances at which a corner of the way, its end and the end of a push count as reached."""

MAX_PUSH_STEPS = 25
BACK_PX = 60.0


class PushTExpert:
    """Goes around the T to the push that its plan found best, pushes along a line, and looks again.

    It looks into the environment: plans are made in copies of the world (see `planner`). The first push is at
    the face asked for, whatever it is good for; if none is asked for, at a drawn face from which the T can be
    brought nearer to its goal. Later pushes may use any face.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, which has just been reset."""
        self._rng = np.random.default_rng(seed)
        self._world: Any = env.unwrapped.world
        self._asked = mode is not None
        self._faces = [mode] if mode is not None else self._rng.permutation(len(FACES)).tolist()
        self._lead_px = float(self._rng.uniform(*LEAD_PX))
        self._margin_px = float(self._rng.uniform(*MARGIN_PX))
        self._way: list[Array] = []
        self._push: Push | None = None
        self._num_steps = 0

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the target of the agent, px, shape (2,)."""
        agent = np.array(self._world.agent.position)
        if self._push is None or (not self._way and self._is_over(self._push, agent)):
            self._look(agent)
        while len(self._way) > 1 and np.linalg.norm(self._way[0] - agent) < PASSED_PX:
            self._way.pop(0)
        if len(self._way) == 1 and np.linalg.norm(self._way[0] - agent) < ARRIVED_PX:
            self._way.pop()
            self._aim(agent)
        self._num_steps += 1
        target = self._way[0] if self._way else self._end(agent)
        step = target - agent
        length = float(np.linalg.norm(step))
        if length > self._lead_px:
            target = agent + step * (self._lead_px / length)
        return np.clip(target, 0.0, SIZE_PX).astype(np.float32)

    def _is_over(self, push: Push, agent: Array) -> bool:
        left = push.end - agent
        backwards = float(left @ (push.end - push.start)) <= 0.0
        return backwards or self._num_steps >= MAX_PUSH_STEPS or float(np.linalg.norm(left)) < PUSHED_PX

    def _end(self, agent: Array) -> Array:
        """Returns where the push ends; without one, a place farther away from the block."""
        if self._push is not None:
            return self._push.end
        away = agent - np.array(self._world.block.local_to_world(self._world.block.center_of_gravity))
        end: Array = agent + away * (BACK_PX / max(1.0, float(np.linalg.norm(away))))
        return end

    def _look(self, agent: Array) -> None:
        """Chooses the next push; with none in reach, the agent backs away from the block."""
        found = next((found for found in self._plans(agent) if found is not None), None)
        self._push, self._way, self._num_steps = None, [], 0
        if found is not None:
            self._push, way = found
            self._way = list(way)

    def _plans(self, agent: Array) -> Iterator[tuple[Push, Array] | None]:
        """Yields what to do next, the preferred first."""
        pose, rng = self._world.block_pose, self._rng
        if self._world.touched is None:
            for face in self._faces:
                yield plan(agent, pose, FIRST_MARGIN_PX, rng, face, detours=self._asked)
            if self._asked:
                yield plan(agent, pose, MARGIN_PX[0], rng, self._faces[0])
        for margin_px in (self._margin_px, LAST_MARGIN_PX):
            yield plan(agent, pose, margin_px, rng)

    def _aim(self, agent: Array) -> None:
        """Corrects the push for where the agent really is."""
        if self._push is not None:
            self._push = aimed(self._push, agent, self._world.block_pose)
        self._num_steps = 0
