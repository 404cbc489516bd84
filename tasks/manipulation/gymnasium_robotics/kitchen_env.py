"""The Franka kitchen of gymnasium-robotics: starts are values, the order of its sub-tasks is the mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.contract.fields import Field
from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_tasks import ORDERS, SUBTASKS
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():  # it warns of environments that are not ours
    from gymnasium_robotics.envs.franka_kitchen.kitchen_env import (
        BONUS_THRESH,
        OBS_ELEMENT_GOALS,
        OBS_ELEMENT_INDICES,
        KitchenEnv,
    )

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE = mujoco.mjtState.mjSTATE_INTEGRATION
NUM_ARM_JOINTS = 7
STATE_SIZE = 59


class FrankaKitchen(TaskEnv):
    """The kitchen with the four sub-tasks of D4RL's complete set, which count in any order.

    A context holds ``seed``, from which gymnasium-robotics draws the noise of its sensors (which its
    controller acts on, too), and optionally ``arm_offset_rad``, added to the seven joints at the start, and
    ``kettle_offset_m``, added to where the kettle stands (x, y).

    Each sub-task counts once, at the first step on which its joints are within 0.3 of the goal: a reward of
    1. So a return is the number of sub-tasks done, 0 to 4, and success is all four.

    Args:
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        sim_env: The environment of gymnasium-robotics itself.
        done: The sub-tasks done so far, in the order in which they were; those of one step as in `SUBTASKS`.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._picture = MujocoPicture(free_camera((-0.2, 0.5, 2.0), 2.2, 70.0, -35.0))
        self.sim_env = KitchenEnv(tasks_to_complete=list(SUBTASKS))
        self._robot = self.sim_env.robot_env
        self.model, self.data = self.sim_env.model, self.sim_env.data
        self._start = self._robot.init_qpos.copy()
        self.done: list[str] = []
        self.observation_space = observation_space((Field(name="state", shape=(STATE_SIZE,)),))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (self.model.nu,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = context_from(options)
        start = self._start.copy()
        start[:NUM_ARM_JOINTS] += context.get("arm_offset_rad", 0.0)
        kettle = OBS_ELEMENT_INDICES["kettle"][:2]
        start[kettle] += context.get("kettle_offset_m", 0.0)
        self._robot.init_qpos = start
        self.done = []
        observation, _ = self._robot.reset(seed=context["seed"])
        return self._observed(observation), self._info()

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the joints at up to 2 rad/s for one control step of 80 ms."""
        observation, *_ = self._robot.step(action)
        observed = self._observed(observation)
        before = len(self.done)
        self.done += [name for name in SUBTASKS if name not in self.done and self._is_done(name)]
        info = self._info()
        return observed, float(len(self.done) - before), info["success"], False, info

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state, what the controller last measured, and what is done."""
        state = np.empty(mujoco.mj_stateSize(self.model, STATE))
        mujoco.mj_getState(self.model, self.data, state, STATE)
        done = [float(name in self.done) for name in SUBTASKS]
        return np.concatenate([state, self._robot._last_robot_qpos, done])

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) of the kitchen, or None without ``render_mode``."""
        return None if self.render_mode is None else self._picture.draw(self.model, self.data)

    def close(self) -> None:
        """Frees the simulation."""
        self._picture.close()
        self.sim_env.close()

    def _is_done(self, name: str) -> bool:
        """Returns whether a sub-task's joints are at its goal now."""
        joints = self.data.qpos[OBS_ELEMENT_INDICES[name]]
        return bool(np.linalg.norm(joints - OBS_ELEMENT_GOALS[name]) < BONUS_THRESH)

    def _observed(self, robot: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return {"state": self.sim_env._get_obs(robot)["observation"].astype(np.float32)}

    def _info(self) -> dict[str, Any]:
        complete = len(self.done) == len(SUBTASKS)
        return {"success": complete, "mode": ORDERS.index(tuple(self.done)) if complete else None}
