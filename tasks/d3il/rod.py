"""The rod tasks' environment: a bare rod on position servos pushes what stands on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.tasks.d3il.declaring import ROD_PERIOD_S
from ilbench.tasks.d3il.layout import ROD_END_M, ROD_RADIUS_M
from ilbench.tasks.d3il.tabletop import TabletopEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

RUNAWAY_M = 100.0
"""Bound of the commanded position. No rod gets there within an episode; it keeps a runaway finite."""

HAND_M = 0.105
"""How far the hand's frame, to which the rod is mounted, is above the tool center point."""

ROD_XML = f"""
<mujoco model="rod">
  <!-- Contact as in D3IL: elliptic cones, impratio 3. The rod touches as a capsule, whose distance to a
  cuboid MuJoCo knows in closed form.

  Servo: 0.25 kg, critically damped at 80 rad/s, so that the rod trails a steadily moving set-point by
  damping / kp = 25 ms; force limit / damping = 1.5 m/s is the fastest it can move. No gravity. -->
  <option cone="elliptic" impratio="3" integrator="Euler" solver="Newton" gravity="0 0 -9.81"/>
  <worldbody>
    <body name="rod" gravcomp="1">
      <inertial pos="0 0 0" mass="0.25" diaginertia="0.001 0.001 0.001"/>
      <joint name="rod_x" type="slide" axis="1 0 0" damping="40"/>
      <joint name="rod_y" type="slide" axis="0 1 0" damping="40"/>
      <joint name="rod_z" type="slide" axis="0 0 1" damping="40"/>
      <geom name="rod" type="capsule" fromto="0 0 {ROD_RADIUS_M - ROD_END_M} 0 0 {HAND_M}"
            size="{ROD_RADIUS_M}" group="1" material="rod"/>
    </body>
  </worldbody>
  <actuator>
    <general joint="rod_x" biastype="affine" gainprm="1600" biasprm="0 -1600 0" forcerange="-60 60"/>
    <general joint="rod_y" biastype="affine" gainprm="1600" biasprm="0 -1600 0" forcerange="-60 60"/>
    <general joint="rod_z" biastype="affine" gainprm="1600" biasprm="0 -1600 0" forcerange="-60 60"/>
  </actuator>
</mujoco>
"""


class RodEnv(TabletopEnv):
    """A vertical rod with three slides; see `TabletopEnv`.

    An action is added to the *commanded* position of the step before, as in D3IL: the set-point is the sum
    of the actions and can run away from the rod. Where the task is planar, the height stays commanded as it
    was at the start. Departures from D3IL: see `ilbench.tasks.d3il.declaring`.

    Args:
        rules: Import string of the task's `Rules`.
        planar: Whether actions are (dx, dy) or (dx, dy, dz).
        images: Whether a policy is shown camera images and the set-point, not the state.
        render_mode: ``"rgb_array"`` or None.
        substeps: Physics steps in a control step; another number than the layout's is for comparisons.
    """

    control_period_s = ROD_PERIOD_S

    def __init__(
        self,
        rules: str,
        planar: bool = True,
        images: bool = False,
        render_mode: str | None = None,
        substeps: int | None = None,
    ) -> None:
        self._axes = self.num_commanded = 2 if planar else 3
        self.measured_levers_m = (1.0,) * self._axes
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (self._axes,), np.float32)
        super().__init__(rules, images, render_mode, substeps)

    @property
    def set_point(self) -> list[float]:
        """The commanded tool center point (x, y, z), m."""
        return list(self._set_point)

    def _robot_spec(self) -> mujoco.MjSpec:
        return mujoco.MjSpec.from_string(ROD_XML)

    def _place_robot(self, context: Context) -> None:
        self._set_point = list(self.layout.start)
        self._data.qpos[:3] = self._data.ctrl[:3] = self._set_point

    def _command(self, action: NDArray[np.floating[Any]]) -> None:
        for axis, delta in enumerate(action.tolist()):
            self._set_point[axis] = min(max(self._set_point[axis] + delta, -RUNAWAY_M), RUNAWAY_M)
        self._data.ctrl[:3] = self._set_point

    def _commanded(self) -> list[float]:
        return self._set_point[: self._axes]

    def _measured(self) -> list[float]:
        return list(self._tool()[: self._axes])

    def _tool(self) -> tuple[float, float, float]:
        x, y, z = self._data.qpos[:3].tolist()
        return x, y, z
