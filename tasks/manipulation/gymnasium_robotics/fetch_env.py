"""The Fetch arm of gymnasium-robotics, with starts and goals that are values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.contract.fields import Field
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():  # it warns of environments that are not ours
    from gymnasium_robotics.envs.fetch.pick_and_place import MujocoFetchPickAndPlaceEnv
    from gymnasium_robotics.envs.fetch.push import MujocoFetchPushEnv
    from gymnasium_robotics.envs.fetch.reach import MujocoFetchReachEnv
    from gymnasium_robotics.envs.fetch.slide import MujocoFetchSlideEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIGINALS = {
    "FetchReach-v4": MujocoFetchReachEnv,
    "FetchPush-v4": MujocoFetchPushEnv,
    "FetchSlide-v4": MujocoFetchSlideEnv,
    "FetchPickAndPlace-v4": MujocoFetchPickAndPlaceEnv,
}
FINGERS = ("robot0:r_gripper_finger_joint", "robot0:l_gripper_finger_joint")
STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class FetchEnv(TaskEnv):
    """One Fetch environment; ``state`` is its observation, the achieved and the desired goal, in this order.

    A context holds ``goal_m``, the goal's position, and ``object_xy_m``, where the object starts, if there is
    one. Sparse reward: 0 where the goal is reached, else -1.

    Args:
        env_name: Gymnasium-Robotics' name, such as ``FetchPush-v4``.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        sim_env: The environment of gymnasium-robotics itself.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, env_name: str, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._picture = MujocoPicture(free_camera((1.3, 0.75, 0.5), 1.6, 132.0, -25.0))
        self.sim_env = ORIGINALS[env_name]()
        self.model, self.data = self.sim_env.model, self.sim_env.data
        # The original looks up all joints by name at every step, half of its time, to show the last two.
        self.sim_env._model_names._joint_names = FINGERS
        self.sim_env._reset_sim()  # it draws where an object is; then the observation has its full size
        size = sum(part.size for part in self.sim_env._get_obs().values()) + 3 * (not self.sim_env.goal.size)
        self.observation_space = observation_space((Field(name="state", shape=(size,)),))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (4,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = context_from(options)
        env, data = self.sim_env, self.data
        mujoco.mj_resetData(self.model, data)
        data.time = env.initial_time
        data.qpos[:], data.qvel[:] = env.initial_qpos, env.initial_qvel
        if env.has_object:
            address = int(self.model.joint("object0:joint").qposadr[0])
            data.qpos[address : address + 2] = context["object_xy_m"]
        mujoco.mj_forward(self.model, data)
        env.goal = np.array(context["goal_m"], np.float64)
        observation = env._get_obs()
        return self._observed(observation), self._info(observation)

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the gripper's target by up to 5 cm an axis and simulates 40 ms."""
        observation, reward, _, _, _ = self.sim_env.step(action)
        return self._observed(observation), float(reward), False, False, self._info(observation)

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state and the goal."""
        state = np.empty(mujoco.mj_stateSize(self.model, STATE))
        mujoco.mj_getState(self.model, self.data, state, STATE)
        return np.concatenate([state, self.sim_env.goal])

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) with the goal in red, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        # The model's marker stands still; where it is drawn moves nothing, and the next step forgets it.
        self.data.site("target0").xpos[:] = self.sim_env.goal
        return self._picture.draw(self.model, self.data)

    def close(self) -> None:
        """Frees the simulation."""
        self._picture.close()
        self.sim_env.close()

    def _observed(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        parts = [observation[name] for name in ("observation", "achieved_goal", "desired_goal")]
        return {"state": np.concatenate(parts, dtype=np.float32)}

    def _info(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        reached = self.sim_env._is_success(observation["achieved_goal"], self.sim_env.goal)
        return {"success": bool(reached), "mode": None}
