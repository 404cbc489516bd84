"""The Avoiding environment: six cylinders, and contact with them judged once a control step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

from ilbench.tasks.d3il.avoiding import HEIGHTS_M, RADII_M, START
from ilbench.tasks.d3il.avoiding_modes import ROWS
from ilbench.tasks.d3il.layout import TABLE_Z_M, Timing
from ilbench.tasks.d3il.panda import PandaKinematics
from ilbench.tasks.d3il.rod import RodEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

ROW_COLORS = ("red", "orange", "blue")


class AvoidingEnv(RodEnv):
    """The arm with its rod among six cylinders (D3IL "Avoiding"); see `RodEnv`.

    Contact is judged once a control step, at its end, as in D3IL: judging it every millisecond changed the
    outcome of 6 of 70 recorded sequences. A touch in between that is over by then deflects the rod, does not
    end the episode, and is told as ``info["grazed"]``. The table touches nothing here.

    Args:
        render_mode: ``"rgb_array"`` or None.
        timing: How a control step is divided; another than the layout's is for comparisons.
    """

    def __init__(self, render_mode: str | None = None, timing: Timing | None = None) -> None:
        super().__init__(rules="ilbench.tasks.d3il.avoiding:Avoiding", render_mode=render_mode, timing=timing)
        self._kinematics = PandaKinematics()

    @property
    def start(self) -> NDArray[np.float64]:
        """Where the rod begins in this episode, m."""
        return np.array(self.context["start"], np.float64)

    @property
    def obstacles(self) -> NDArray[np.float64]:
        """Axes of the cylinders in this episode, m, shape (6, 2), in the order of `ROWS`."""
        return np.array(self.context["obstacles"], np.float64)

    def make_spec(self, num_clutter: int = 0) -> mujoco.MjSpec:
        """Returns rod and cylinders.

        What touches are capsules, whose distance MuJoCo computes in closed form (cylinder against cylinder
        goes through an iterative search); in the plane of motion they are the same circles. What is seen
        are the cylinders. Their bodies are mocap bodies: a context places them.
        """
        spec = super().make_spec(num_clutter)
        spec.geom("rod").type = mujoco.mjtGeom.mjGEOM_CAPSULE
        table = spec.geom("table")
        table.contype = table.conaffinity = 0
        row_of = [row for row, indexes in enumerate(ROWS) for _ in indexes]
        for index, (radius, height) in enumerate(zip(RADII_M, HEIGHTS_M, strict=True)):
            name = f"obstacle{index + 1}"
            body = spec.worldbody.add_body(name=name, mocap=True)
            ends, size = [0, 0, TABLE_Z_M, 0, 0, height], [radius, 0, 0]
            body.add_geom(name=name, type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=ends, size=size, group=4)
            seen = body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CYLINDER,
                fromto=ends,
                size=size,
                group=1,
                material=ROW_COLORS[row_of[index]],
            )
            seen.contype = seen.conaffinity = 0
            _watch(spec, name)
        return spec

    def _posture(self, context: Context) -> NDArray[np.float64]:
        """Returns the joint angles, rad, that hold the rod where the context begins."""
        nominal = super()._posture(context)
        tool, turn = self._kinematics.forward(nominal)
        tool[:2] += np.subtract(context["start"], START)
        return self._kinematics.joints_for(tool, turn, near=nominal)

    def _place_robot(self, context: Context) -> None:
        super()._place_robot(context)
        self._data.mocap_pos[:, :2] = context["obstacles"]
        self._grazed = False

    def _place_objects(self, context: Context) -> None:
        """Places nothing: no object moves."""

    def _advance(self) -> None:
        super()._advance()
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_collision(self._model, self._data)
        self._grazed = self._grazed or self._closest_m < 0.0

    def _held(self) -> list[bool]:
        return [bool(self._data.ncon)]

    def _info(self) -> dict[str, Any]:
        return {**super()._info(), "grazed": self._grazed}


def _watch(spec: mujoco.MjSpec, obstacle: str) -> None:
    """Adds a sensor of the distance between the rod and an obstacle, m, which sees 50 mm far."""
    sensor = spec.add_sensor(name=obstacle, type=mujoco.mjtSensor.mjSENS_GEOMDIST, cutoff=0.05)
    sensor.objtype = sensor.reftype = mujoco.mjtObj.mjOBJ_GEOM
    sensor.objname, sensor.refname = "rod", obstacle
