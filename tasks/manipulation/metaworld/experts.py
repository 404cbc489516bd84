"""Scripted experts for Meta-World tasks: feedback laws on the observation, without timers or phases."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.environment import silenced
from ilbench.importing import load_object
from ilbench.tasks.manipulation.metaworld.table import ROWS

with silenced():
    from metaworld.policies import ENV_POLICY_MAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert

OPEN, CLOSED = -1.0, 1.0
POSITION_GAIN = 10.0
"""Action per meter of error: a full action moves the hand's target by 1 cm."""

SPEEDS = (0.9, 1.0)
"""Range of the top speed of Meta-World's policies, of a full step."""


class PickPlaceExpert:
    """Comes down on the puck through a funnel, closes around it, carries it straight to the goal.

    Episodes differ in speed, slope of the funnel and grasp height.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
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


class PrivilegedExpert:
    """The expert of the state task, which goes on seeing the state where a policy sees pictures."""

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Takes the expert of the environment at hand."""
        unwrapped: Any = env.unwrapped
        self._env = unwrapped
        row = next(row for row in ROWS if row.env_name == unwrapped.env_name)
        self._expert: Expert = load_object(f"{__package__}.{row.expert}")()
        self._expert.reset(env, seed, mode)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Returns the hand step (3) and the gripper effort (1)."""
        del observation
        return self._expert.act({"state": self._env.full_state})


class ScriptedExpert:
    """Meta-World's own scripted policy of the environment at hand, acting on the observation alone.

    Episodes differ in the hand's top speed.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Takes the environment's policy and draws the speed for one episode."""
        del mode
        unwrapped: Any = env.unwrapped
        self._policy = ENV_POLICY_MAP[unwrapped.env_name]()
        self._speed = np.random.default_rng(seed).uniform(*SPEEDS)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the hand step (3) and the gripper effort (1)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            action = self._policy.get_action(observation["state"].astype(float))
        action[:3] = np.clip(action[:3], -self._speed, self._speed)
        clipped: NDArray[np.float32] = np.clip(action, -1.0, 1.0).astype(np.float32)
        return clipped
