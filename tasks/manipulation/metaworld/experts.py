"""Scripted experts for Meta-World tasks: feedback laws on the observation, without timers or phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

OPEN, CLOSED = -1.0, 1.0
POSITION_GAIN = 10.0
"""Action per meter of error: a full action moves the hand's target by 1 cm."""


class PickPlaceExpert:
    """Comes down on the puck through a funnel, closes around it, carries it straight to the goal.

    Episodes differ in speed, slope of the funnel and grasp height.
    """

    def reset(self, env: gym.Env[Any, Any], seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and grasp height for one episode."""
        del env, mode
        rng = np.random.default_rng(seed)
        self._speed = rng.uniform(0.7, 1.0)
        self._slope = rng.uniform(2.0, 4.0)
        self._grasp_height = rng.uniform(0.027, 0.035)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the hand step (3) and the gripper effort (1)."""
        state = observation["state"].astype(float)
        hand, opening, puck, goal = state[:3], state[3], state[4:7], state[36:39]
        to_grasp = puck - hand + np.array([-0.005, 0.0, self._grasp_height])
        sideways = float(np.hypot(to_grasp[0], to_grasp[1]))
        if sideways < 0.02 and abs(to_grasp[2]) < 0.02:
            held = np.clip((0.80 - opening) / 0.07, 0.0, 1.0)
            move, grip = (1.0 - held) * to_grasp + held * (goal - puck), CLOSED
        else:
            hover = np.clip(self._slope * (sideways - 0.01), 0.0, 0.12)
            move, grip = to_grasp + np.array([0.0, 0.0, hover - 0.01]), OPEN
        step = np.clip(POSITION_GAIN * move, -self._speed, self._speed)
        return np.append(step, grip).astype(np.float32)
