"""The expert of Fetch slide, which plans one strike step at a time in a copy of the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from ilbench.contract.environment import silenced
from ilbench.tasks.manipulation.gymnasium_robotics.fetch_env import FINGERS, STATE

with silenced():
    from gymnasium_robotics.utils import mujoco_utils

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

STEP_M = 0.05
BRAKE_M_S2 = 0.98
"""How fast friction slows the puck down."""
CREEP_M = 0.025
"""How much further a slow puck comes than friction would have it: it then rolls on its edge."""
SPEEDS = (0.25, 0.45, 0.65, 0.85, 1.0)
ANGLES_RAD = (-0.25, 0.0, 0.25)
FINER = ((-0.08, 0.0), (0.08, 0.0), (0.0, -0.1), (0.0, 0.1))
"""What is added to the best of these speeds and angles, to find a better one beside it."""
MOVING_M_S = 0.05
"""A puck this fast slides."""
RESTING_M_S = 0.01
"""A puck slower than this rests."""
CLOSE_ENOUGH_M = 0.025
"""A puck that will stop this near to the goal is left alone."""
MAX_SLIDE_STEPS = 35
"""After so many steps a puck rests, or has fallen off the table."""
REACH_M = 0.15
"""A moving puck further away than this is left alone."""
MAX_STEPS = 3
"""Within so many steps a strike that is tried has to meet the puck."""
NUM_EXACT = 4
"""How many strikes, the best by reckoning, are tried until the puck rests."""


class SlideExpert:
    """Goes behind the puck and strikes it so that it comes to rest at the goal.

    Each strike step is the one after which, with the hand held still, the puck would stop nearest to the
    goal. Many are tried in a copy of the simulation until the puck is hit, then friction is reckoned with;
    the best of them until the puck rests. So the expert sees the simulation's state, not only the
    observation, and it keeps no plan. A strike carries about 0.55 m. Episodes differ in the distance from
    which it strikes, and in speed on the way there.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws distance and speed for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        self._speed = rng.uniform(0.8, 1.0)
        self._behind = rng.uniform(0.09, 0.11)
        sim: Any = env.unwrapped
        self._foresight = Foresight(sim.model, sim.data)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the gripper's step (3), and 0 for the fingers, which are blocked."""
        state = observation["state"].astype(float)
        hand, puck, goal = state[:3], state[3:6], state[-3:]
        way = goal[:2] - puck[:2]
        left = float(np.hypot(*way))
        speed = float(np.hypot(*(state[14:16] + state[20:22]))) / 0.04
        ahead = way / max(left, 1e-6)
        offset = hand[:2] - puck[:2]
        along = float(offset @ ahead)
        aside = float(np.hypot(*(offset - along * ahead)))
        height = puck[2] - hand[2]
        if speed > MOVING_M_S and np.hypot(*offset) > REACH_M:
            return np.zeros(4, np.float32)
        if speed > MOVING_M_S or (abs(height) < 0.02 and aside < 0.015 and -0.12 < along < 0.0):
            return self._strike(ahead, goal, height)
        if left < 0.03:
            return np.zeros(4, np.float32)
        to_behind = -self._behind * ahead - offset
        sideways = float(np.hypot(*to_behind))
        rise = height + np.clip(2.0 * (sideways - 0.02), 0.0, 0.09)
        free = np.clip(1.0 - (rise - 0.02) / 0.04, 0.0, 1.0)  # sideways only when high enough
        return _action(np.array([*(free * to_behind), rise]) / STEP_M, self._speed)

    def _strike(self, ahead: NDArray[Any], goal: NDArray[Any], height: float) -> NDArray[np.float32]:
        """Returns the step that lets the puck stop nearest to the goal."""
        still = np.zeros(4, np.float32)
        least, best = self._miss(still, goal, exact=True), still
        if least < CLOSE_ENOUGH_M:
            return still
        grid = [(speed, angle) for speed in SPEEDS for angle in ANGLES_RAD]
        grid.sort(key=lambda aim: self._miss(_strike(ahead, aim, height), goal))
        center = min(
            grid[:NUM_EXACT], key=lambda aim: self._miss(_strike(ahead, aim, height), goal, exact=True)
        )
        around = [(center[0] + speed, center[1] + angle) for speed, angle in FINER]
        for aim in (center, *around):
            action = _strike(ahead, aim, height)
            miss = self._miss(action, goal, exact=True)
            if miss < least:
                least, best = miss, action
        return best

    def _miss(self, action: NDArray[np.float32], goal: NDArray[Any], exact: bool = False) -> float:
        """Returns how far from the goal, in m, the puck would stop."""
        return float(np.hypot(*(self._foresight.rest(action, exact) - goal[:2])))


def _strike(ahead: NDArray[Any], aim: tuple[float, float], height: float) -> NDArray[np.float32]:
    """Returns the action that moves at a speed, at an angle to the way ahead, to the puck's height."""
    speed, angle = aim
    sine, cosine = np.sin(angle), np.cos(angle)
    turned = (cosine * ahead[0] - sine * ahead[1], sine * ahead[0] + cosine * ahead[1])
    return _action(np.array([speed * turned[0], speed * turned[1], height / STEP_M]), 1.0)


class Foresight:
    """What would become of the puck, tried in a copy of the simulation.

    Args:
        model: The model, which is shared and only read.
        data: The state that is looked ahead from.
    """

    def __init__(self, model: Any, data: Any) -> None:
        self._model, self._now = model, data
        self._data = mujoco.MjData(model)
        self._state = np.empty(mujoco.mj_stateSize(model, STATE))
        joint = model.joint("object0:joint")
        self._position, self._velocity = int(joint.qposadr[0]), int(joint.dofadr[0])

    def rest(self, action: NDArray[np.float32], exact: bool) -> NDArray[Any]:
        """Returns where (2), in m, the puck would stop after a strike with this action and a hand held still.

        The strike ends with the step that sets the puck moving, or `MAX_STEPS` after.
        """
        mujoco.mj_getState(self._model, self._now, self._state, STATE)
        mujoco.mj_setState(self._model, self._data, self._state, STATE)
        mujoco.mj_kinematics(self._model, self._data)
        position = self._data.qpos[self._position : self._position + 2]
        velocity = self._data.qvel[self._velocity : self._velocity + 2]
        before = float(np.hypot(*velocity))
        for _ in range(MAX_STEPS if action.any() else 0):
            self._advance(action)
            if np.hypot(*velocity) > before + MOVING_M_S:
                break
        self._advance(np.zeros(4))
        self._advance(np.zeros(4))
        if exact:
            for _ in range(MAX_SLIDE_STEPS):
                self._advance(np.zeros(4))
                if np.hypot(*velocity) < RESTING_M_S:
                    break
            return np.array(position)
        speed = float(np.hypot(*velocity))
        if speed < MOVING_M_S:
            return np.array(position)
        return np.array(position + velocity / speed * (speed**2 / (2.0 * BRAKE_M_S2) + CREEP_M))

    def _advance(self, action: NDArray[Any]) -> None:
        """Does to the copy what a step of the environment does."""
        full = np.concatenate([STEP_M * action[:3], (1.0, 0.0, 1.0, 0.0), (0.0, 0.0)])
        mujoco_utils.ctrl_set_action(self._model, self._data, full)
        mujoco_utils.mocap_set_action(self._model, self._data, full)
        mujoco.mj_step(self._model, self._data, nstep=20)
        for finger in FINGERS:
            mujoco_utils.set_joint_qpos(self._model, self._data, finger, 0.0)
        mujoco.mj_forward(self._model, self._data)


def _action(step: NDArray[Any], speed: float) -> NDArray[np.float32]:
    return np.append(np.clip(step, -speed, speed), 0.0).astype(np.float32)
