"""Stacking's environment: a Panda arm with a gripper, under joint control, at the table."""

from __future__ import annotations

from math import atan2
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.tasks.d3il.arm_law import HIGHEST, LOWEST
from ilbench.tasks.d3il.joint_law import FINGER_TRAVEL_M, JointTracker
from ilbench.tasks.d3il.layout import Timing
from ilbench.tasks.d3il.panda import FINGER_JOINTS, JOINTS, attach_panda
from ilbench.tasks.d3il.stacking import ARM_PERIOD_S
from ilbench.tasks.d3il.tabletop import TabletopEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

OPEN_M = 2 * FINGER_TRAVEL_M
OPENS_ABOVE_M = 0.075
"""A commanded width above it opens the gripper, any other closes it; as in D3IL."""


NUM_MOVING = len(JOINTS + FINGER_JOINTS)
_LOWEST, _HIGHEST = LOWEST.tolist(), HIGHEST.tolist()


class ArmEnv(TabletopEnv):
    """A Panda arm with a gripper that follows its joints' set-point as D3IL's does; see `TabletopEnv`.

    An action is 7 joint angles (rad), added to the *commanded* angles of the step before, which stay within
    the arm's limits, and a width (m): above 75 mm the gripper opens, else it closes with 20 N, whatever the
    number. The commanded angles are held for the whole control step, and the arm, which is underdamped,
    trails and overshoots them (`ilbench.tasks.d3il.joint_law`). Gravity on the arm is compensated, on what
    it holds it is not. An episode begins, as in D3IL, with the fingers closed; until the first action they
    are told to open.

    What touches are hand and fingers; the links above them go through everything. Whether the gripper touches
    an object (`Situation.held`) is seen at the end of a control step, and so is whether the object rests.

    Departures from D3IL: see `ilbench.tasks.d3il.stacking_tasks`.

    Args:
        rules: Import string of the task's `Rules`.
        images: Whether a policy is shown camera images and the set-point, not the state.
        render_mode: ``"rgb_array"`` or None.
        timing: How a control step is divided; another than the layout's is for comparisons.
    """

    control_period_s = ARM_PERIOD_S
    num_commanded = num_measured = 8

    def __init__(
        self,
        rules: str,
        images: bool = False,
        render_mode: str | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (self.num_commanded,), np.float32)
        super().__init__(rules, images, render_mode, timing)

    @property
    def set_point(self) -> list[float]:
        """The commanded joint angles, rad, and the commanded width, m."""
        return [*self._joints, self._width]

    @property
    def tool_yaw(self) -> float:
        """How far the hand is turned about the vertical from where its fingers open along y, rad."""
        _, frame = self._tracker.tool()
        return atan2(frame[1, 0], frame[0, 0])

    @property
    def inertia(self) -> NDArray[np.float64]:
        """How much torque (N m) accelerates the arm's joints (rad/s²), shape (7, 7); for experts."""
        whole = np.empty((self._model.nv, self._model.nv))
        mujoco.mj_fullM(self._model, whole, self._data.qM)
        return whole[: len(JOINTS), : len(JOINTS)]

    @property
    def width(self) -> float:
        """The measured width between the fingers, m."""
        return self._measured()[-1]

    # --- what the robot is ---------------------------------------------------------------------------

    def _robot_spec(self) -> mujoco.MjSpec:
        spec = mujoco.MjSpec()
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        spec.option.impratio, spec.option.tolerance = 3, 1e-10
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_EULER
        attach_panda(spec, "gripper", implicit=self.timing.implicit)
        return spec

    def _connect(self) -> None:
        self._tracker = JointTracker(self._model, self._data, self.timing, self.control_period_s)
        self._owner = self._owners()

    def _owners(self) -> list[int]:
        """Returns for each geom the index of its object, -2 for the gripper's, -1 for any other."""
        model = self._model
        owner = np.full(model.ngeom, -1)
        for index, body in enumerate(self._object_bodies[: len(self.layout.bodies)]):
            owner[model.geom_bodyid == body] = index
        for name in ("hand", "finger1", "finger2"):
            owner[model.geom_bodyid == model.body(name).id] = -2
        return list(owner.tolist())

    def _place_robot(self, context: Context) -> None:
        self._joints, self._width = list(self.layout.posture), OPEN_M
        self._opens = True
        self._data.qpos[: len(JOINTS)] = self._joints
        self._data.qpos[len(JOINTS) : NUM_MOVING] = 0.0
        self._tracker.reset()

    def _command(self, action: NDArray[np.floating[Any]]) -> None:
        values = action.tolist()
        width = values[7]
        self._joints = self._turned(self._joints, values)
        self._width = min(max(width, 0.0), OPEN_M)
        self._opens = width > OPENS_ABOVE_M

    def _advance(self) -> None:
        self._tracker.follow(self._joints, self._opens)

    def _turned(self, joints: list[float], action: list[float]) -> list[float]:
        """Returns commanded angles after an action, within the limits."""
        return [
            min(max(angle + delta, low), high)
            for angle, delta, low, high in zip(joints, action, _LOWEST, _HIGHEST, strict=False)
        ]

    def _commanded(self) -> list[float]:
        return self.set_point

    def _measured(self) -> list[float]:
        *joints, left, right = self._data.qpos[:NUM_MOVING].tolist()
        return [*joints, left + right]

    def _tool(self) -> tuple[float, float, float]:
        at, _ = self._tracker.tool()
        x, y, z = at.tolist()
        return x, y, z

    def _held(self) -> list[bool]:
        owner = self._owner
        held = [False] * len(self.layout.bodies)
        for first, second in self._data.contact.geom.tolist():
            one, other = owner[first], owner[second]
            if one == -2 and other >= 0:
                held[other] = True
            elif other == -2 and one >= 0:
                held[one] = True
        return held
