"""Meta-World environments whose whole episode follows from a frozen ``rand_vec``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.task import Field
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS

    from ilbench.tasks.manipulation.metaworld.speed import faster

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE_SIZE = 39


class MetaworldEnv(TaskEnv):
    """One Meta-World v3 environment with its goal in the observation (the MT setting), a 39-vector ``state``.

    A context holds ``rand_vec``: the vector of object and goal positions that Meta-World itself would draw.

    Reset, step, reward (0 to 10), success and truncation after 500 steps are Meta-World's own. `reset` runs
    its whole procedure, twice as there: in 11 environments the second run starts from what the first left
    behind. One thing differs: the goal in the observation is not clipped to Meta-World's goal box, or goals
    outside (a shift) would be shown wrongly from the first step on; its own goals all lie inside.

    Args:
        env_name: Meta-World name, such as ``pick-place-v3``.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        env_name: As given.
        sim_env: The Meta-World environment itself.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, env_name: str, render_mode: str | None = None) -> None:
        self.env_name = env_name
        self.render_mode = render_mode
        self._picture = MujocoPicture(free_camera((0.0, 0.6, 0.15), 1.6, -60.0, -30.0))
        env: Any = faster(ALL_V3_ENVIRONMENTS[env_name])()
        env.goal_space = gym.spaces.Box(-np.inf, np.inf, (3,), np.float64)
        env._partially_observable = False
        env._set_task_called = True
        del env.sawyer_observation_space  # cached with the old goal space
        self.sim_env = env
        self.observation_space = observation_space((Field(name="state", shape=(STATE_SIZE,)),))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (4,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        env = self.sim_env
        env._last_rand_vec = np.array(context_from(options)["rand_vec"])
        observation, _ = env.reset()
        return {"state": observation.astype(np.float32)}, {"success": False, "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the mocap body by up to 1 cm an axis and simulates 12.5 ms."""
        observation, reward, _, truncated, info = self.sim_env.step(action)
        report = {"success": bool(info["success"]), "mode": None}
        return {"state": observation.astype(np.float32)}, float(reward), False, truncated, report

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

    def close(self) -> None:
        """Frees the simulation."""
        self._picture.close()
        self.sim_env.close()
