"""Scripted experts for the Fetch tasks: feedback laws on the observation, without timers or phases.

What an expert does depends on what the policy sees and on a little variation that is drawn once an episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

STEP_M = 0.05
"""How far a full action moves the gripper's target."""


class ReachExpert:
    """Goes straight to the goal. Episodes differ in speed."""

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws the speed of one episode."""
        del env, mode
        self._speed = np.random.default_rng(seed).uniform(0.5, 1.0)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the gripper's step (3), and 0 for the fingers, which are blocked."""
        state = observation["state"].astype(float)
        return _action(state[-3:] - state[:3], self._speed, 0.0)


class PushExpert:
    """Comes down behind the block, seen from the goal, and pushes it there; beside the line it goes around.

    Episodes differ in speed, in the distance behind the block and in the slope of the way down.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, distance and slope for one episode."""
        del env, mode
        rng = np.random.default_rng(seed)
        self._speed = rng.uniform(0.7, 1.0)
        self._behind = rng.uniform(0.065, 0.08)
        self._slope = rng.uniform(1.5, 2.5)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the gripper's step (3), and 0 for the fingers, which are blocked."""
        state = observation["state"].astype(float)
        hand, block, goal = state[:3], state[3:6], state[-3:]
        way = goal[:2] - block[:2]
        left = float(np.hypot(*way))
        if left < 0.01:
            return _action(np.array([0.0, 0.0, 0.05]), 0.3, 0.0)
        ahead = way / left
        offset = hand[:2] - block[:2]
        along = float(offset @ ahead)
        aside = offset - along * ahead
        low = hand[2] - block[2] < 0.02
        if low and along < -0.02 and np.hypot(*aside) < 0.015 - 0.3 * min(0.0, along + 0.05):
            push = ahead * min(left, 0.05) - 2.0 * aside
            return _action(np.array([*push, block[2] - hand[2] - 0.005]), self._speed, 0.0, gain=1.0)
        to_behind = -self._behind * ahead - offset
        sideways = float(np.hypot(*to_behind))
        height = np.clip(self._slope * (sideways - 0.02), 0.0, 0.09)
        rise = block[2] - 0.005 + height - hand[2]
        free = np.clip(1.0 - (rise - 0.02) / 0.04, 0.0, 1.0)  # sideways only when high enough
        return _action(np.array([*(free * to_behind), rise]), self._speed, 0.0)


class PickAndPlaceExpert:
    """Comes down on the block through a funnel, closes around it, carries it straight to the goal.

    Episodes differ in speed, slope of the funnel and grasp height.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and grasp height for one episode."""
        del env, mode
        rng = np.random.default_rng(seed)
        self._speed = rng.uniform(0.7, 1.0)
        self._slope = rng.uniform(2.0, 3.5)
        self._grasp_height = rng.uniform(-0.005, 0.005)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the gripper's step (3) and the fingers' (1), positive to open."""
        state = observation["state"].astype(float)
        hand, block, goal = state[:3], state[3:6], state[-3:]
        opening = state[9] + state[10]
        to_grasp = block - hand + np.array([0.0, 0.0, self._grasp_height])
        sideways = float(np.hypot(to_grasp[0], to_grasp[1]))
        if sideways < 0.015 and abs(to_grasp[2]) < 0.015:
            held = np.clip((0.058 - opening) / 0.006, 0.0, 1.0)
            return _action((1.0 - held) * to_grasp + held * (goal - block), self._speed, -1.0)
        hover = np.clip(self._slope * (sideways - 0.01), 0.0, 0.1)
        return _action(to_grasp + np.array([0.0, 0.0, hover]), self._speed, 1.0)


def _action(move: NDArray[Any], speed: float, fingers: float, gain: float = 1.0) -> NDArray[np.float32]:
    """Returns the action for a wanted move in m, no axis faster than `speed`."""
    step = np.clip(gain * move / STEP_M, -speed, speed)
    return np.append(step, fingers).astype(np.float32)
