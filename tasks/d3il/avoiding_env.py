"""The Avoiding environment: contact with a cylinder is tested on every physics step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import numpy as np

from ilbench.tasks.d3il.avoiding import HEIGHTS_M, RADII_M
from ilbench.tasks.d3il.avoiding_modes import ROWS
from ilbench.tasks.d3il.layout import TABLE_Z_M
from ilbench.tasks.d3il.rod import RodEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

ROW_COLORS = ("red", "orange", "blue")


class AvoidingEnv(RodEnv):
    """A bare rod among six cylinders (D3IL "Avoiding", without the arm); see `RodEnv`.

    Contact is tested after each of the 14 physics steps of a control step; it stops the motion there and
    terminates the episode. Between two physics steps the rod moves at most 5.3 mm (1.5 m/s along both
    axes), so that a graze of 0.1 mm depth at top speed, 2 µm at the speed of the demonstrations, can go
    unnoticed, and nothing deeper.

    Args:
        render_mode: ``"rgb_array"`` or None.
        substeps: Physics steps in a control step. Another number than the task's is for comparisons.
    """

    def __init__(self, render_mode: str | None = None, substeps: int | None = None) -> None:
        super().__init__(
            rules="ilbench.tasks.d3il.avoiding:Avoiding", render_mode=render_mode, substeps=substeps
        )

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
        row_of = [row for row, indexes in enumerate(ROWS) for _ in indexes]
        for index, (radius, height) in enumerate(zip(RADII_M, HEIGHTS_M, strict=True)):
            body = spec.worldbody.add_body(name=f"obstacle{index + 1}", mocap=True)
            ends = [0, 0, TABLE_Z_M, 0, 0, height]
            body.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=ends, size=[radius, 0, 0], group=4)
            seen = body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CYLINDER,
                fromto=ends,
                size=[radius, 0, 0],
                group=1,
                material=ROW_COLORS[row_of[index]],
            )
            seen.contype = seen.conaffinity = 0
        return spec

    def _place_robot(self, context: Context) -> None:
        super()._place_robot(context)
        self._set_point[:2] = self._data.qpos[:2] = self._data.ctrl[:2] = context["start"]
        self._data.mocap_pos[:, :2] = context["obstacles"]

    def _place_objects(self, context: Context) -> None:
        """Places nothing: no object moves."""

    def _advance(self) -> None:
        # `mj_step1` of the coming physics step is already due (`reset` and the last one ran it), so that
        # contacts are those at the positions it returns and not those one physics step earlier.
        model, data, mj_step1, mj_step2 = self._model, self._data, mujoco.mj_step1, mujoco.mj_step2
        for _ in range(self._substeps):
            mj_step2(model, data)
            mj_step1(model, data)
            if data.ncon:
                return

    def _held(self) -> list[bool]:
        return [bool(self._data.ncon)]
