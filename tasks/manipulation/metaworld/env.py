"""Meta-World environments whose whole episode follows from a frozen ``rand_vec``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.contract.fields import Field
from ilbench.tasks.manipulation.metaworld.camera import IMAGE_SIZE, CornerCamera
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS

    from ilbench.tasks.manipulation.metaworld.speed import faster

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROPRIOCEPTION_SIZE = 4
STATE_FIELDS = (Field(name="state", shape=(39,)),)
IMAGE_FIELDS = (
    Field(name="state", shape=(PROPRIOCEPTION_SIZE,)),
    Field(name="corner", shape=(IMAGE_SIZE, IMAGE_SIZE, 3), dtype="uint8"),
)


class MetaworldEnv(TaskEnv):
    """One Meta-World v3 environment with its goal in the observation (the MT setting), a 39-vector ``state``.

    A context holds ``rand_vec``: the vector of object and goal positions that Meta-World itself would draw.

    Reset, step, reward (0 to 10), success and truncation after 500 steps are Meta-World's own. `reset` runs
    its whole procedure, twice as there: in 11 environments the second run starts from what the first left
    behind. One thing differs: the goal in the observation is not clipped to Meta-World's goal box, or goals
    outside (a shift) would be shown wrongly from the first step on; its own goals all lie inside.

    With `images`, ``state`` is what the robot itself can feel, hand position and gripper opening (4), and
    ``corner`` the picture (84, 84, 3) of `CornerCamera`, in which Meta-World's marker shows the goal.

    Args:
        env_name: Meta-World name, such as ``pick-place-v3``.
        images: Whether the camera takes the place of objects and goal.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        env_name: As given.
        sim_env: The Meta-World environment itself.
        full_state: The 39-vector after the last step, for experts.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, env_name: str, images: bool = False, render_mode: str | None = None) -> None:
        self.env_name = env_name
        self.render_mode = render_mode
        self._picture = MujocoPicture(free_camera((0.0, 0.6, 0.15), 1.6, -60.0, -30.0))
        env: Any = faster(ALL_V3_ENVIRONMENTS[env_name])()
        env.goal_space = gym.spaces.Box(-np.inf, np.inf, (3,), np.float64)
        env._partially_observable = False
        env._set_task_called = True
        del env.sawyer_observation_space  # cached with the old goal space
        self.sim_env = env
        self._camera = CornerCamera(env.model) if images else None
        self.observation_space = observation_space(IMAGE_FIELDS if images else STATE_FIELDS)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (4,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        env = self.sim_env
        env._last_rand_vec = np.array(context_from(options)["rand_vec"])
        observation, _ = env.reset()
        return self._seen(observation), {"success": False, "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the mocap body by up to 1 cm an axis and simulates 12.5 ms."""
        observation, reward, _, truncated, info = self.sim_env.step(action)
        report = {"success": bool(info["success"]), "mode": None}
        return self._seen(observation), float(reward), False, truncated, report

    @property
    def physics(self) -> Any:
        """The MuJoCo model, whose constants a shift may change."""
        return self.sim_env.model

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state."""
        model, data = self.sim_env.model, self.sim_env.data
        state = np.empty(mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_INTEGRATION))
        mujoco.mj_getState(model, data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        return state

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) of table and arm, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        return self._picture.draw(self.sim_env.model, self.sim_env.data)

    def _seen(self, observation: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        self.full_state = observation.astype(np.float32)
        if self._camera is None:
            return {"state": self.full_state}
        felt = self.full_state[:PROPRIOCEPTION_SIZE].copy()
        return {"state": felt, "corner": self._camera.draw(self.sim_env.data)}

    def close(self) -> None:
        """Frees the simulation."""
        if self._camera is not None:
            self._camera.close()
        self._picture.close()
        self.sim_env.close()
