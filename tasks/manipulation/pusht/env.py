"""The PushT environment: a T is pushed onto its goal by a round agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import Shape, TaskEnv, context_from, observation_space
from ilbench.tasks.manipulation.pusht.layout import (
    BAR,
    GOAL_POSE,
    SIZE_PX,
    STEM,
    SUCCESS_COVERAGE,
)
from ilbench.tasks.manipulation.pusht.physics import World, coverage, placed
from ilbench.tasks.manipulation.pusht.tasks import IMAGE_FIELDS, IMAGE_SIZE, STATE_FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

RENDER_SIZE = 480
GOAL_COLOR, BLOCK_COLOR = (0.565, 0.933, 0.565, 1.0), (0.467, 0.533, 0.6, 1.0)


class PushTEnv(TaskEnv):
    """PushT with explicit starts.

    A context holds ``agent`` [x, y], ``block`` [x, y] and ``angle``, as `physics.World.place` takes them, and
    may hold ``damping`` of `physics.World`.

    The *score* of a state is the share of the goal that the T covers over 0.95, at most 1. The reward is by
    how much a step raises the best score of the episode, so the return is the best score reached: averaged
    over episodes, the number that is published for PushT. ``info["mode"]`` is the face of the T (index into
    `layout.FACES`) that the agent touches first.

    Args:
        images: Whether a picture takes the place of the T's corners.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        world: The simulation of the current episode, for experts to read.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, images: bool = False, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space(IMAGE_FIELDS if images else STATE_FIELDS)
        self.action_space = gym.spaces.Box(0.0, float(SIZE_PX), (2,), np.float32)
        self.world = World()
        self._images = images
        self._best = 0.0
        self._target: tuple[float, float] | None = None

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = context_from(options)
        (ax, ay), (bx, by) = context["agent"], context["block"]
        self.world = World(context.get("damping", 0.0))
        self.world.place((ax, ay), (bx, by), context["angle"])
        self._best, self._target = 0.0, None
        return self._observation(), self._info(coverage(*self.world.block_pose))

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Drives the agent toward a target, px, for 0.1 s; ends the episode on success."""
        self._target = float(action[0]), float(action[1])
        self.world.advance(*self._target)
        covered = coverage(*self.world.block_pose)
        score = max(self._best, min(covered / SUCCESS_COVERAGE, 1.0))
        reward, self._best = score - self._best, score
        info = self._info(covered)
        return self._observation(), reward, info["success"], False, info

    def state(self) -> NDArray[Any]:
        """Returns positions, angle and velocities of agent and block, shape (10,)."""
        return self.world.state()

    def plan_view(self) -> Sequence[Shape]:
        """Returns goal and T, in px; y points down in pictures and up in figures."""
        return [
            Shape(placed(part, *pose), color)
            for pose, color in ((GOAL_POSE, GOAL_COLOR), (self.world.block_pose, BLOCK_COLOR))
            for part in (BAR, STEM)
        ]

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3), a cross at the last target; None without ``render_mode``."""
        return None if self.render_mode is None else self._picture(RENDER_SIZE, self._target)

    def _picture(self, size: int, target: tuple[float, float] | None = None) -> NDArray[np.uint8]:
        from ilbench.tasks.manipulation.pusht.picture import draw  # OpenCV, which the state task does without

        return draw(tuple(self.world.agent.position), self.world.block_pose, size, target)

    def _observation(self) -> dict[str, NDArray[Any]]:
        agent = self.world.agent.position
        if self._images:
            return {"state": np.array(agent, dtype=np.float32), "image": self._picture(IMAGE_SIZE)}
        corners = placed((*BAR, *STEM), *self.world.block_pose)
        return {"state": np.array([agent, *corners], dtype=np.float32).ravel()}

    def _info(self, covered: float) -> dict[str, Any]:
        return {"success": covered > SUCCESS_COVERAGE, "mode": self.world.touched, "coverage": covered}
