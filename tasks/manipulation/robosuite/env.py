"""robosuite environments whose whole episode follows from a context, bit for bit in any process."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.contract.fields import Field
from ilbench.tasks.manipulation.robosuite.declaring import CONTROL_HZ
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera

with silenced():
    import robosuite

    from ilbench.tasks.manipulation.robosuite.look import Cameras
    from ilbench.tasks.manipulation.robosuite.osc import Controller
    from ilbench.tasks.manipulation.robosuite.senses import Senses

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLLISION_GROUP = 0
"""robosuite keeps the shapes that collide in this group of geoms, and those that are seen in another."""

# robosuite's own handler holds the stream of the silenced import, which is closed by now.
_LOGGER = logging.getLogger("robosuite_logs")
_LOGGER.handlers.clear()
_LOGGER.setLevel(logging.ERROR)


class RobosuiteEnv(TaskEnv):
    """One robosuite environment with the robomimic settings and a low-dimensional ``state``.

    Pandas under the default OSC_POSE controller (deltas in the base frame, 20 Hz), sparse reward. The vector
    is put together from *named* observables in the order given here: robosuite's own ``object-state`` changed
    its order between 1.4 and 1.5 without a change of length. An episode terminates where robosuite's does:
    in Wipe, when the arm touches the table or a joint comes to its limit.

    A context holds ``seed``, from which robosuite draws the start (joint noise, object placement), and
    optionally ``object_xy_m``: by object name, the world position (x, y) that replaces the one drawn; height
    and yaw stay.

    Args:
        env_name: Name of the robosuite environment, such as ``Lift``.
        keys: robosuite observables that make up ``state``, in order.
        full_keys: Those that make up `full_state`, where they are others: experts act on it.
        look: Arguments of `Cameras`, whose pictures are then observed too.
        robots: Robot models, one a robot.
        reset: ``"soft"``: the model is built once, so what robosuite draws while it builds (sizes, in some
            tasks) is the same in every episode and every process; only what its reset draws varies.
        build_seed: Seeds what is drawn while the model is built.
        torques: ``"robosuite"``: the states are robosuite's to the last bit. ``"direct"``: the same control
            law, solved in a faster way and equal up to rounding.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        sim_env: The robosuite environment itself, for experts to read.
        slices: Where in `full_state` each observable lies, by name.
        num_substeps: Physics steps in a control step.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self,
        env_name: str,
        keys: Sequence[str],
        robots: Sequence[str] = ("Panda",),
        reset: Literal["soft"] = "soft",
        build_seed: int = 0,
        torques: Literal["direct", "robosuite"] = "direct",
        full_keys: Sequence[str] | None = None,
        look: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = render_mode
        camera = free_camera((-0.1, 0.0, 1.0), 1.6, 150.0, -25.0)
        self._picture = MujocoPicture(camera, hidden_groups=(COLLISION_GROUP,))
        with silenced():
            self.sim_env = robosuite.make(
                env_name,
                robots=list(robots),
                seed=build_seed,
                control_freq=CONTROL_HZ,
                hard_reset=reset != "soft",
                ignore_done=True,
                reward_shaping=False,
                use_camera_obs=False,
                has_renderer=False,
                has_offscreen_renderer=False,
                renderer="mujoco",
            )
        self._senses = Senses(self.sim_env, keys)
        self._full_senses = Senses(self.sim_env, full_keys or keys)
        self._cameras = None if look is None else Cameras(self._model, **look)
        self._exact = torques == "robosuite"
        self.num_substeps = int(self.sim_env.control_timestep / self.sim_env.model_timestep)
        self._objects = {o.name: o for o in self.sim_env.model.mujoco_objects}
        self.slices = self._full_senses.slices()
        self.observation_space = observation_space(
            tuple(
                Field(name=name, shape=value.shape, dtype=value.dtype.name)
                for name, value in self._observation().items()
            )
        )
        low, high = self.sim_env.action_spec
        self.action_space = gym.spaces.Box(low.astype(np.float32), high.astype(np.float32))

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = context_from(options)
        # In place: placement samplers and robots hold this generator, a new object would not reach them.
        start = np.random.default_rng(context["seed"])
        self.sim_env.rng.bit_generator.state = start.bit_generator.state
        self.sim_env.reset()
        self._controller = Controller(self.sim_env, self.num_substeps, exact=self._exact)
        if "object_xy_m" in context:
            self._move_objects(context["object_xy_m"])
        return self._observation(), self._info()

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Holds the action for one control step (25 substeps of 2 ms)."""
        self._controller.step(action)
        observation = self._observation()
        reward, terminated, _ = self.sim_env._post_action(action)
        return observation, float(reward), bool(terminated), False, self._info()

    def observables(self) -> dict[str, NDArray[Any]]:
        """Returns the observables of `full_state` by name, of the present moment."""
        return self._full_senses.read()

    def full_state(self) -> NDArray[np.float32]:
        """Returns what experts act on: ``state``, or in an image task the state of its state task."""
        return np.concatenate(list(self.observables().values()), dtype=np.float32)

    @property
    def physics(self) -> Any:
        """The MuJoCo model, whose constants a shift may change."""
        return self.sim_env.sim.model._model

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state."""
        state = np.empty(mujoco.mj_stateSize(self._model, mujoco.mjtState.mjSTATE_INTEGRATION))
        mujoco.mj_getState(self._model, self._data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        return state

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) of table and arm, or None without ``render_mode``."""
        return None if self.render_mode is None else self._picture.draw(self._model, self._data)

    def close(self) -> None:
        """Frees the simulation."""
        self._picture.close()
        if self._cameras is not None:
            self._cameras.close()
        self.sim_env.close()

    @property
    def _model(self) -> Any:
        return self.sim_env.sim.model._model

    @property
    def _data(self) -> Any:
        return self.sim_env.sim.data._data

    def _observation(self) -> dict[str, NDArray[Any]]:
        state = np.concatenate(list(self._senses.read().values()), dtype=np.float32)
        pictures = {} if self._cameras is None else self._cameras.take(self._data)
        return {"state": state, **pictures}

    def _info(self) -> dict[str, Any]:
        return {"success": bool(self.sim_env._check_success()), "mode": None}

    def _move_objects(self, positions: Mapping[str, Sequence[float]]) -> None:
        for name, xy in positions.items():
            address = self._model.joint(self._objects[name].joints[0]).qposadr[0]
            self._data.qpos[address : address + 2] = xy
        self.sim_env.sim.forward()
