"""The Avoiding environment: a rod finds its way through six cylinders without touching one."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.environment import TaskEnv, context_from, observation_space
from ilbench.tasks.d3il.avoiding_modes import ModeTracker
from ilbench.tasks.d3il.specs import AVOIDING_OBSERVATION, CONTROL_PERIOD_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINISH_Y_M = 0.35
"""The episode succeeds once the measured y is beyond this line."""

RUNAWAY_M = 100.0
"""Bound of the commanded position. No rod gets there within an episode; it keeps a runaway finite."""

SUBSTEPS = 14
"""Physics steps in a control step, 2.5 ms each; D3IL runs 35 of 1 ms. The tests compare the two."""


class AvoidingEnv(TaskEnv):
    """A bare rod on position servos among six cylinders (D3IL "Avoiding", without the arm).

    An action (dx, dy) in m is added to the *commanded* position of the step before, as in D3IL: the
    set-point is the sum of the actions and can run away from the rod. The servo trails a steadily
    moving set-point by 25 ms and moves at most 1.5 m/s. Nothing is random: `seed` has no effect.

    Contact with a cylinder is tested after each of the 14 physics steps of a control step; it stops the
    motion there and terminates the episode. Between two physics steps the rod moves at most 5.3 mm
    (1.5 m/s along both axes), so that a graze of 0.1 mm depth at top speed, 2 µm at the speed of the
    demonstrations, can go unnoticed, and nothing deeper.

    The reward is 1 on the step that first crosses the finish line, else 0. ``info["contact"]`` says
    whether a cylinder has been touched.

    Args:
        render_mode: ``"rgb_array"`` or None.
        substeps: Physics steps in a control step. Another number than the task's is for comparisons.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 29}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, render_mode: str | None = None, substeps: int = SUBSTEPS) -> None:
        self.render_mode = render_mode
        self._substeps = range(substeps)
        self.observation_space = observation_space(AVOIDING_OBSERVATION)
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
        xml = files("ilbench.tasks.d3il").joinpath("avoiding.xml").read_text(encoding="utf-8")
        self._model = mujoco.MjModel.from_xml_string(xml)
        self._model.opt.timestep = CONTROL_PERIOD_S / substeps
        self._data = mujoco.MjData(self._model)
        self._renderer: Any = None
        self.start: NDArray[np.float64] = np.zeros(2)
        """Where the rod begins in this episode, m."""
        self.obstacles: NDArray[np.float64] = np.zeros((6, 2))
        """Axes of the cylinders in this episode, m, in the order of `avoiding_modes.ROWS`."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Returns the first observation and info.

        Args:
            seed: Without effect, as nothing is random.
            options: ``{"context": {"start": [x, y], "obstacles": [[x, y], ...]}}`` in m.
        """
        super().reset(seed=seed)
        context = context_from(options)
        self.start = np.array(context["start"], np.float64)
        self.obstacles = np.array(context["obstacles"], np.float64)
        x, y = self.start.tolist()
        mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:] = self._data.ctrl[:] = x, y
        self._data.mocap_pos[:, :2] = self.obstacles
        # mj_step1 of the coming step is already due: `step` runs mj_step2 first, so that contacts are
        # those at the positions it returns and not those one physics step earlier.
        mujoco.mj_step1(self._model, self._data)
        self._commanded_x, self._commanded_y = x, y
        self._modes = ModeTracker(self.obstacles.tolist())
        self._modes.reset(x, y)
        self._success = False
        self._contact = bool(self._data.ncon)
        return self._observation(x, y), self._info()

    def step(
        self, action: NDArray[np.floating[Any]]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Returns observation, reward, terminated, truncated, info after one control step of 35 ms."""
        dx, dy = action.tolist()
        self._commanded_x = min(max(self._commanded_x + dx, -RUNAWAY_M), RUNAWAY_M)
        self._commanded_y = min(max(self._commanded_y + dy, -RUNAWAY_M), RUNAWAY_M)
        data = self._data
        data.ctrl[:] = self._commanded_x, self._commanded_y
        self._contact = self._advance() or self._contact
        x, y = data.qpos.tolist()
        self._modes.update(x, y)
        crossed = y > FINISH_Y_M and not self._contact and not self._success
        self._success = self._success or crossed
        terminated = self._success or self._contact
        return self._observation(x, y), float(crossed), terminated, False, self._info()

    def state(self) -> NDArray[Any]:
        """Returns MuJoCo's full integration state (time, positions, velocities, controls, cylinders)."""
        spec = mujoco.mjtState.mjSTATE_INTEGRATION
        state = np.empty(mujoco.mj_stateSize(self._model, spec))
        mujoco.mj_getState(self._model, self._data, state, spec)
        return state

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) from above the start, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        if self._renderer is None:
            self._renderer = mujoco.Renderer(self._model, 480, 480)
        self._renderer.update_scene(self._data, camera="overview")
        picture: NDArray[np.uint8] = self._renderer.render()
        return picture

    def close(self) -> None:
        """Frees the renderer, if there is one."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _advance(self) -> bool:
        """Runs the physics for one control step or up to the first contact; returns whether there is one."""
        model, data, mj_step1, mj_step2 = self._model, self._data, mujoco.mj_step1, mujoco.mj_step2
        for _ in self._substeps:
            mj_step2(model, data)
            mj_step1(model, data)
            if data.ncon:
                return True
        return False

    def _observation(self, x: float, y: float) -> dict[str, NDArray[Any]]:
        return {"state": np.array((self._commanded_x, self._commanded_y, x, y), np.float32)}

    def _info(self) -> dict[str, Any]:
        return {"success": self._success, "mode": self._modes.mode, "contact": self._contact}
