"""Stacking's environment: a Panda arm with a gripper, under joint control, at the table."""

from __future__ import annotations

from math import atan2
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.tasks.d3il.panda import FINGER_JOINTS, FINGER_TRAVEL_M, HOME, JOINTS, TCP, attach_panda
from ilbench.tasks.d3il.stacking import ARM_PERIOD_S
from ilbench.tasks.d3il.tabletop import TabletopEnv
from ilbench.tasks.delay_line import DelayLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

STIFFNESS = (600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0)
"""N m/rad of the joints: five times D3IL's, as in Franka's own example of joint impedance."""

LAG_S = 1 / 12
"""Damping over stiffness: by how much every joint trails a set-point that moves steadily."""

OPEN_M = 2 * FINGER_TRAVEL_M
OPENS_ABOVE_M = 0.075
"""A commanded width above it opens the gripper, any other closes it; as in D3IL."""

GRASP_FORCE_N = 20.0
FINGER_STIFFNESS = 4000.0
"""N/m: the fingers' own, when the gripper opens. It closes with its whole force on whatever is there."""

FINGER_DAMPING = 200.0
"""N s/m: with 20 N a finger moves at 0.1 m/s."""


class ArmEnv(TabletopEnv):
    """A Panda arm with a gripper; see `TabletopEnv`.

    An action is 7 joint angles (rad), added to the *commanded* angles of the step before, which stay within
    the arm's limits, and a width (m): above 75 mm the gripper opens, else it closes with 20 N, whatever the
    number. Every joint is a spring with a damper on the commanded angle (`STIFFNESS`, `LAG_S`), under the
    torque limits of D3IL; gravity on the arm is compensated, on what it holds it is not. The fingers are
    coupled, as the real ones are, so that a grasp is centered.

    What touches are hand and fingers; the links above them go through everything. Whether the gripper touches
    an object (`Situation.held`) is seen at the end of a control step, and so is whether the object rests.

    Departures from D3IL: see `ilbench.tasks.d3il.stacking`.

    Args:
        rules: Import string of the task's `Rules`.
        images: Whether a policy is shown camera images and the set-point, not the state.
        render_mode: ``"rgb_array"`` or None.
        substeps: Physics steps in a control step; another number than the layout's is for comparisons.
    """

    control_period_s = ARM_PERIOD_S
    num_commanded = 8
    measured_levers_m = (0.5,) * 7 + (1.0,)

    def __init__(
        self,
        rules: str,
        images: bool = False,
        render_mode: str | None = None,
        substeps: int | None = None,
    ) -> None:
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (self.num_commanded,), np.float32)
        super().__init__(rules, images, render_mode, substeps)

    @property
    def set_point(self) -> list[float]:
        """The commanded joint angles, rad, and the commanded width, m."""
        return [*self._joints, self._width]

    @property
    def ordered(self) -> list[float]:
        """The joint angles, rad, that all actions so far lead to; ahead of `set_point` by those delayed."""
        return list(self._ordered)

    @property
    def tool_yaw(self) -> float:
        """How far the hand is turned about the vertical from where its fingers open along y, rad."""
        frame = self._data.site_xmat[self._site].tolist()
        return atan2(frame[3], frame[0])

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Returns the first observation and info; see `TabletopEnv.reset`."""
        start = super().reset(seed=seed, options=options)
        # Where actions are delayed, the gripper stays open until the first one arrives.
        rest = np.array([0.0] * len(JOINTS) + [OPEN_M])
        self._delayed = DelayLine(rest, self._disturbance.action_delay)
        self._ordered = list(self._joints)
        return start

    def step(
        self, action: NDArray[np.floating[Any]]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Returns observation, reward, terminated, truncated, info after one control step."""
        self._ordered = self._turned(self._ordered, action.tolist())
        return super().step(action)

    @property
    def width(self) -> float:
        """The measured width between the fingers, m."""
        return self._measured()[-1]

    # --- what the robot is ---------------------------------------------------------------------------

    def _robot_spec(self) -> mujoco.MjSpec:
        spec = mujoco.MjSpec()
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        spec.option.impratio = 3
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        attach_panda(spec, gripper=True, physical=True)
        for name, stiffness in zip(JOINTS, STIFFNESS, strict=True):
            _make_servo(spec, name, stiffness, damped=True)
        for name in FINGER_JOINTS:
            motor = _make_servo(spec, name, FINGER_STIFFNESS, damped=False)
            motor.forcerange = (-GRASP_FORCE_N, GRASP_FORCE_N)
            spec.joint(name).damping = FINGER_DAMPING
        equality = spec.add_equality(name="fingers", type=mujoco.mjtEq.mjEQ_JOINT)
        equality.name1, equality.name2 = FINGER_JOINTS
        equality.objtype = mujoco.mjtObj.mjOBJ_JOINT
        equality.data[:5] = (0, 1, 0, 0, 0)
        return spec

    def _use_model(self, num_clutter: int) -> None:
        super()._use_model(num_clutter)
        model = self._model
        self._site = model.site(TCP).id
        self._joints_at = [int(model.joint(name).qposadr[0]) for name in JOINTS + FINGER_JOINTS]
        motors = [model.actuator(name).id for name in JOINTS + FINGER_JOINTS]
        self._motors, self._grippers = motors[:7], motors[7:]
        self._lowest, self._highest = (model.jnt_range[: len(JOINTS)].T).tolist()
        self._owner = self._owners()

    def _owners(self) -> NDArray[np.int64]:
        """Returns for each geom the index of its object, -2 for the gripper's, -1 for any other."""
        model = self._model
        owner = np.full(model.ngeom, -1)
        for index, body in enumerate(self._object_bodies[: len(self.layout.bodies)]):
            owner[model.geom_bodyid == body] = index
        for name in ("hand", "finger1", "finger2"):
            owner[model.geom_bodyid == model.body(name).id] = -2
        return owner

    def _place_robot(self, context: Context) -> None:
        self._joints, self._width = list(HOME), OPEN_M
        self._data.qpos[self._joints_at] = [*HOME, FINGER_TRAVEL_M, FINGER_TRAVEL_M]
        self._data.ctrl[self._motors] = HOME
        self._data.ctrl[self._grippers] = FINGER_TRAVEL_M

    def _command(self, action: NDArray[np.floating[Any]]) -> None:
        width = float(action[7])
        self._joints = self._turned(self._joints, action.tolist())
        self._width = min(max(width, 0.0), OPEN_M)
        self._data.ctrl[self._motors] = self._joints
        self._data.ctrl[self._grippers] = FINGER_TRAVEL_M if width > OPENS_ABOVE_M else -FINGER_TRAVEL_M

    def _turned(self, joints: list[float], action: list[float]) -> list[float]:
        """Returns commanded angles after an action, within the limits."""
        turned = zip(joints, action[:7], self._lowest, self._highest, strict=True)
        return [min(max(angle + delta, low), high) for angle, delta, low, high in turned]

    def _commanded(self) -> list[float]:
        return self.set_point

    def _measured(self) -> list[float]:
        *joints, left, right = self._data.qpos[self._joints_at].tolist()
        return [*joints, left + right]

    def _tool(self) -> tuple[float, float, float]:
        x, y, z = self._data.site_xpos[self._site].tolist()
        return x, y, z

    def _held(self) -> list[bool]:
        held = [False] * len(self.layout.bodies)
        for first, second in self._owner[self._data.contact.geom].tolist():
            if min(first, second) == -2 and max(first, second) >= 0:
                held[max(first, second)] = True
        return held

    def _advance(self) -> None:
        super()._advance()
        mujoco.mj_kinematics(self._model, self._data)  # else the tool would be where it was a substep ago


def _make_servo(spec: mujoco.MjSpec, name: str, stiffness: float, *, damped: bool) -> Any:
    """Turns a joint's motor into a spring, and a damper, on the commanded position; returns it."""
    motor = next(actuator for actuator in spec.actuators if actuator.name == name)
    motor.gainprm[0] = stiffness
    motor.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    motor.biasprm[:3] = (0.0, -stiffness, -stiffness * LAG_S * damped)
    return motor
