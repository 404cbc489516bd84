"""The Adroit hand of gymnasium-robotics, with starts that are values and rewards as in D4RL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.contract.fields import Field
from ilbench.contract.task import Context
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():  # it warns of environments that are not ours
    from gymnasium_robotics.envs import adroit_hand
    from gymnasium_robotics.utils.rotations import euler2quat

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class AdroitEnv(TaskEnv):
    """One Adroit environment with D4RL's observation as a ``state`` vector; subclasses say which.

    A context places the parts of the scene (see the subclasses). It may also hold ``qpos`` and ``qvel``, all
    joint positions and velocities of the simulation, where an episode is to start from a recorded state.

    The model, its control step of 10 ms and the observation are those of gymnasium-robotics. The reward is
    the dense one of D4RL: gymnasium-robotics 1.2.1 to 1.4.2 pay for the hand's *distance* from what it has to
    grasp (except in Pen), a wrong sign that its own v2 environments mend.

    Args:
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        sim_env: The environment of gymnasium-robotics itself.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it
    original = ""
    camera: Any = None

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._picture = MujocoPicture(self.camera)
        self.sim_env = getattr(adroit_hand, self.original)(reward_type="sparse")
        self.model, self.data = self.sim_env.model, self.sim_env.data
        size = self.sim_env.observation_space.shape
        self.observation_space = observation_space((Field(name="state", shape=size),))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (self.model.nu,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = context_from(options)
        mujoco.mj_resetData(self.model, self.data)
        self.place(context)
        qpos = np.asarray(context.get("qpos", self.sim_env.init_qpos), np.float64)
        qvel = np.asarray(context.get("qvel", self.sim_env.init_qvel), np.float64)
        self.sim_env.set_state(qpos, qvel)
        self._measure()
        return self._observed(self.sim_env._get_obs()), {"success": self._success(), "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Holds the wanted joint positions for one control step of 10 ms."""
        observation, _, _, _, info = self.sim_env.step(action)
        report = {"success": bool(info["success"]), "mode": None}
        return self._observed(observation), float(self._reward()), False, False, report

    def place(self, context: Context) -> None:
        """Puts the scene's parts where the context says; joints are not touched."""
        raise NotImplementedError

    def placement(self) -> NDArray[Any]:
        """Returns where the parts are that `place` puts: they are no part of the simulation's state."""
        raise NotImplementedError

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state and where the scene's parts stand."""
        state = np.empty(mujoco.mj_stateSize(self.model, STATE))
        mujoco.mj_getState(self.model, self.data, state, STATE)
        return np.concatenate([state, self.placement()])

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) of the hand, or None without ``render_mode``."""
        return None if self.render_mode is None else self._picture.draw(self.model, self.data)

    def close(self) -> None:
        """Frees the simulation."""
        self._picture.close()
        self.sim_env.close()

    def _reward(self) -> float:
        raise NotImplementedError

    def _success(self) -> bool:
        raise NotImplementedError

    def _measure(self) -> None:
        """Takes the measures that the original takes at the start of an episode."""

    def _observed(self, observation: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return {"state": observation.astype(np.float32)}

    def _site(self, number: int) -> NDArray[Any]:
        position: NDArray[Any] = self.data.site_xpos[number]
        return position

    def _body(self, number: int) -> NDArray[Any]:
        position: NDArray[Any] = self.data.xpos[number]
        return position


class DoorEnv(AdroitEnv):
    """Undo the latch and swing the door open. A context holds ``door_pos_m``, where the frame stands."""

    original = "AdroitHandDoorEnv"
    camera = free_camera((0.0, 0.0, 0.25), 1.1, 60.0, -25.0)

    def place(self, context: Context) -> None:
        """Puts the door frame where the context says."""
        self.model.body_pos[self.sim_env.door_body_id] = context["door_pos_m"]

    def placement(self) -> NDArray[Any]:
        """Returns the position (3) of the frame."""
        return np.array(self.model.body_pos[self.sim_env.door_body_id])

    def _success(self) -> bool:
        return bool(self.data.qpos[self.sim_env.door_hinge_addrs] >= 1.35)

    def _reward(self) -> float:
        env, hinge = self.sim_env, float(self.data.qpos[self.sim_env.door_hinge_addrs])
        reward = -0.1 * _distance(self._site(env.grasp_site_id), self._site(env.handle_site_id))
        reward -= 0.1 * (hinge - 1.57) ** 2 + 1e-5 * float(np.sum(self.data.qvel**2))
        return reward + 2.0 * (hinge > 0.2) + 8.0 * (hinge > 1.0) + 10.0 * (hinge > 1.35)


class HammerEnv(AdroitEnv):
    """Drive a nail in with a hammer. A context holds ``board_height_m``, of the board with the nail."""

    original = "AdroitHandHammerEnv"
    camera = free_camera((0.0, -0.15, 0.15), 1.0, 45.0, -30.0)

    def place(self, context: Context) -> None:
        """Puts the board at the context's height."""
        self.model.body_pos[self.sim_env.target_body_id, 2] = context["board_height_m"]

    def placement(self) -> NDArray[Any]:
        """Returns the board's height (1)."""
        return np.array(self.model.body_pos[self.sim_env.target_body_id, 2:])

    def _left_to_go(self) -> float:
        """Returns how far the nail has to go in, in m."""
        env = self.sim_env
        return _distance(self._site(env.target_obj_site_id), self._site(env.goal_site_id))

    def _success(self) -> bool:
        return self._left_to_go() < 0.01

    def _reward(self) -> float:
        env, left = self.sim_env, self._left_to_go()
        hammer, head = self._body(env.obj_body_id), self._site(env.tool_site_id)
        reward = -0.1 * _distance(self._site(env.S_grasp_site_id), hammer)
        reward -= _distance(head, self._site(env.target_obj_site_id)) + 10.0 * left
        reward -= 1e-2 * float(np.linalg.norm(self.data.qvel))
        lifted = bool(hammer[2] > 0.04 and head[2] > 0.04)
        return reward + 2.0 * lifted + 25.0 * (left < 0.02) + 75.0 * (left < 0.01)


class PenEnv(AdroitEnv):
    """Turn a pen in the hand.

    A context holds ``wanted_euler_rad``, the wanted rotation about x and y, or ``wanted_quaternion``.
    """

    original = "AdroitHandPenEnv"
    camera = free_camera((0.0, -0.2, 0.25), 0.8, -45.0, -35.0)

    def place(self, context: Context) -> None:
        """Turns the target pen as the context says."""
        if "wanted_quaternion" in context:
            wanted = np.asarray(context["wanted_quaternion"], np.float64)
        else:
            wanted = euler2quat(np.array([*context["wanted_euler_rad"], 0.0]))
        self.model.body_quat[self.sim_env.target_obj_body_id] = wanted

    def placement(self) -> NDArray[Any]:
        """Returns the target's quaternion (4)."""
        return np.array(self.model.body_quat[self.sim_env.target_obj_body_id])

    def _measure(self) -> None:
        env = self.sim_env
        env.pen_length = np.linalg.norm(self._site(env.obj_t_site_id) - self._site(env.obj_b_site_id))
        env.tar_length = np.linalg.norm(self._site(env.tar_t_site_id) - self._site(env.tar_b_site_id))

    def _error(self) -> tuple[float, float]:
        """Returns the pen's distance from its place, in m, and the cosine between pen and target."""
        env = self.sim_env
        pen = (self._site(env.obj_t_site_id) - self._site(env.obj_b_site_id)) / env.pen_length
        target = (self._site(env.tar_t_site_id) - self._site(env.tar_b_site_id)) / env.tar_length
        distance = _distance(self._body(env.obj_body_id), self._site(env.eps_ball_site_id))
        return distance, float(np.dot(pen, target))

    def _success(self) -> bool:
        distance, cosine = self._error()
        return distance < 0.075 and cosine > 0.95

    def _reward(self) -> float:
        distance, cosine = self._error()
        in_place, dropped = distance < 0.075, bool(self._body(self.sim_env.obj_body_id)[2] < 0.075)
        bonus = 10.0 * (in_place and cosine > 0.9) + 50.0 * (in_place and cosine > 0.95)
        return cosine - distance + bonus - 5.0 * dropped


class RelocateEnv(AdroitEnv):
    """Carry a ball to a place in the air. A context holds ``ball_xy_m`` and ``target_m``."""

    original = "AdroitHandRelocateEnv"
    camera = free_camera((0.0, 0.0, 0.15), 1.4, 90.0, -30.0)

    def place(self, context: Context) -> None:
        """Puts ball and target where the context says."""
        self.model.body_pos[self.sim_env.obj_body_id, :2] = context["ball_xy_m"]
        self.model.site_pos[self.sim_env.target_obj_site_id] = context["target_m"]

    def placement(self) -> NDArray[Any]:
        """Returns where the ball starts (2) and where the target is (3)."""
        ball = self.model.body_pos[self.sim_env.obj_body_id, :2]
        return np.concatenate([ball, self.model.site_pos[self.sim_env.target_obj_site_id]])

    def _parts(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Returns where ball, palm and target are."""
        env = self.sim_env
        return (
            self._body(env.obj_body_id),
            self._site(env.S_grasp_site_id),
            self._site(env.target_obj_site_id),
        )

    def _success(self) -> bool:
        ball, _, target = self._parts()
        return _distance(ball, target) < 0.1

    def _reward(self) -> float:
        ball, palm, target = self._parts()
        left = _distance(ball, target)
        reward = -0.1 * _distance(palm, ball)
        if ball[2] > 0.04:
            reward += 1.0 - 0.5 * _distance(palm, target) - 0.5 * left
        return reward + 10.0 * (left < 0.1) + 20.0 * (left < 0.05)


def _distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.linalg.norm(a - b))
