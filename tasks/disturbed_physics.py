"""The constants of a MuJoCo model under disturbances: changed for an episode, and put back to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.tasks.disturbances import Disturbance

CHANGED = (
    "geom_friction",
    "dof_damping",
    "body_mass",
    "body_inertia",
    "cam_pos",
    "body_subtreemass",
    "body_invweight0",
    "dof_M0",
    "dof_invweight0",
    "tendon_invweight0",
    "actuator_acc0",
)
"""What friction, masses and camera poses enter in a MuJoCo model, derived constants included."""

STATISTICS = ("meaninertia", "meanmass", "meansize", "extent")
"""Of these, the mean inertia scales the solver's tolerance."""

UP = np.array([0.0, 0.0, 1.0])


class Constants:
    """The constants of a MuJoCo model that a disturbance changes, and what they were."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._originals = {name: getattr(model, name).copy() for name in CHANGED}
        self._gravity = model.opt.gravity.copy()
        self._statistics = {name: getattr(model.stat, name) for name in STATISTICS}
        free = np.isin(np.arange(model.nbody), model.jnt_bodyid[model.jnt_type == mujoco.mjtJoint.mjJNT_FREE])
        self._free = free[model.body_rootid]

    def restore(self) -> None:
        """Puts every constant back, to the bit."""
        for name, values in self._originals.items():
            getattr(self._model, name)[:] = values
        self._model.opt.gravity[:] = self._gravity
        for name, value in self._statistics.items():
            setattr(self._model.stat, name, value)

    def disturb(self, disturbance: Disturbance, direction: NDArray[np.float64] = UP) -> None:
        """Changes physics and cameras, these along `direction`; the constants must be the original ones."""
        model = self._model
        model.geom_friction[:] *= disturbance.friction
        if disturbance.mass != 1.0:
            model.body_mass[self._free] *= disturbance.mass
            model.body_inertia[self._free] *= disturbance.mass
            mujoco.mj_setConst(model, mujoco.MjData(model))
        model.opt.gravity[:] *= disturbance.gravity
        model.dof_damping[:] *= disturbance.damping
        model.cam_pos[:] += disturbance.camera_m * direction / np.linalg.norm(direction)
