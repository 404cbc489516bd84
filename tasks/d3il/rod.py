"""The rod tasks' environment: D3IL's arm, holding a rod that points down, pushes what stands on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.tasks.d3il.arm_law import ToolTracker
from ilbench.tasks.d3il.declaring import ROD_PERIOD_S
from ilbench.tasks.d3il.layout import Timing
from ilbench.tasks.d3il.panda import JOINTS, attach_panda
from ilbench.tasks.d3il.tabletop import TabletopEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

RUNAWAY_M = 100.0
"""Bound of the commanded position. No rod gets there within an episode; it keeps a runaway finite."""


class RodEnv(TabletopEnv):
    """A Panda arm that holds a rod and follows its set-point as D3IL's does; see `TabletopEnv`.

    An action is added to the *commanded* position of the step before, as in D3IL: the set-point is the sum
    of the actions and can run away from the rod. It is held for the whole control step, and the arm, which
    is underdamped, trails and overshoots it by centimeters (`ilbench.tasks.d3il.arm_law`). Where the task is
    planar, the height stays commanded as it was at the start. Departures from D3IL: see
    `ilbench.tasks.d3il.declaring`.

    Args:
        rules: Import string of the task's `Rules`.
        planar: Whether actions are (dx, dy) or (dx, dy, dz).
        images: Whether a policy is shown camera images and the set-point, not the state.
        render_mode: ``"rgb_array"`` or None.
        timing: How a control step is divided; another than the layout's is for comparisons.
    """

    control_period_s = ROD_PERIOD_S

    def __init__(
        self,
        rules: str,
        planar: bool = True,
        images: bool = False,
        render_mode: str | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._axes = self.num_commanded = self.num_measured = 2 if planar else 3
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (self._axes,), np.float32)
        super().__init__(rules, images, render_mode, timing)

    @property
    def set_point(self) -> list[float]:
        """The commanded tool center point (x, y, z), m."""
        return list(self._set_point)

    def _robot_spec(self) -> mujoco.MjSpec:
        spec = mujoco.MjSpec()
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        spec.option.impratio, spec.option.tolerance = 3, 1e-10
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_EULER
        # As in the MuJoCo of D3IL. Of 40 recordings of Inserting, the first cube was 1.6 mm from the recorded
        # one after 40 mm of pushing (median); with the newer collisions it was 1.9 mm, with a capsule 3.0 mm.
        spec.option.disableflags |= mujoco.mjtDisableBit.mjDSBL_NATIVECCD
        attach_panda(spec, "rod", implicit=self.timing.implicit)
        return spec

    def _connect(self) -> None:
        self._tracker = ToolTracker(self._model, self._data, self.timing, self.control_period_s)

    def _place_robot(self, context: Context) -> None:
        self._data.qpos[: len(JOINTS)] = self._posture(context)
        self._tracker.reset()
        self._set_point = list(self._tracker.tool())

    def _posture(self, context: Context) -> NDArray[np.float64]:
        """Returns the joint angles at the start, rad."""
        return np.array(self.layout.posture)

    def _command(self, action: NDArray[np.floating[Any]]) -> None:
        for axis, delta in enumerate(action.tolist()):
            self._set_point[axis] = min(max(self._set_point[axis] + delta, -RUNAWAY_M), RUNAWAY_M)

    def _commanded(self) -> list[float]:
        return self._set_point[: self._axes]

    def _measured(self) -> list[float]:
        return list(self._tool()[: self._axes])

    def _tool(self) -> tuple[float, float, float]:
        return self._tracker.tool()

    def _advance(self) -> None:
        self._closest_m = self._tracker.follow(self._set_point)
