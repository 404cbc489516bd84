"""D3IL's control law of Stacking, compiled: joints under a held set-point, a gripper that opens or grasps.

Read in D3IL (github.com/ALRhub/d3il: stacking.py, Controller.py, Robots.py, MjRobot.py). Its controller is
one with model-based feed-forward, but the environment gives it joint angles alone; as desired speeds and
accelerations stay zero, so does what it feeds forward. What is left is a spring and a damper on each joint,
and gravity and Coriolis forces compensated with those of a physics step before. A set-point that jumps is
overshot by up to 26 % (joint 2) with a period of about 0.9 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from ilbench.tasks.compiled_mujoco import mj_step
from ilbench.tasks.d3il.arm_chain import place_chain
from ilbench.tasks.d3il.arm_law import NUM_JOINTS, TICK_S, Simulation, actuate, simulation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import mujoco
    from numpy.typing import NDArray

    from ilbench.tasks.d3il.layout import Timing

FINGER_TRAVEL_M = 0.04
"""How far each finger moves; the width between the fingers is the sum of both."""

FINGER_STIFFNESS = 500.0
"""N/m: what brings a finger to where it is to be, and what brings both to the same distance from the
middle."""

FINGER_DAMPING = 10.0
"""N s/m of the law; the fingers' slides have as much of their own."""

PLACING_FORCE_N = 5.0
"""Bound of the force that brings a finger to where it is to be."""

GRASP_FORCE_N = 20.0
CLOSED_M = 0.005
"""Fingers that grasp are pushed with `GRASP_FORCE_N` each until they are, on average, so near to the
middle."""


class JointTracker:
    """The arm and its gripper under a set-point that is held for a control step.

    The arm's joints must be the first of the model, the fingers' the next, and their motors the first
    actuators; the motors take torques and forces, and the joints' damping must be the implicit share of
    `ilbench.tasks.d3il.arm_law.DAMPING`, see `Timing`.

    Args:
        model: With the arm.
        data: Of that model.
        timing: How a control step is divided.
        period_s: Length of a control step, s.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, timing: Timing, period_s: float) -> None:
        self._simulation = simulation_of(model, data)
        self._timing = timing
        self._late = 0.5 - 0.5 * TICK_S * timing.steps / period_s
        self.reset()
        self._frame, self._at, self._jacobian = np.empty((3, 3)), np.empty(3), np.empty((6, NUM_JOINTS))

    def reset(self) -> None:
        """Takes the joint angles that are measured now for those that were commanded last."""
        self._last = self._simulation.qpos[:NUM_JOINTS].copy()

    def follow(self, joints: Sequence[float], opens: bool) -> None:
        """Plays a control step towards joint angles, rad, with a gripper that opens or else grasps."""
        goal = np.array(joints)
        steps, _, implicit = self._timing
        _hold(self._simulation, self._last, goal, opens, steps, implicit, self._late)
        self._last = goal

    def tool(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns where the tool center point is now, m, and its axes, columns of (3, 3).

        Both arrays are written over by the next call.
        """
        place_chain(self._simulation.qpos, self._frame, self._at, self._jacobian)
        return self._at, self._frame


@numba.njit(cache=True, error_model="numpy")
def _hold(
    simulation: Simulation,
    last: NDArray[np.float64],
    goal: NDArray[np.float64],
    opens: bool,
    steps: int,
    implicit: float,
    late: float,
) -> None:
    """Simulates a control step. In its first physics step a share `late` of the last set-point still counts.

    Positions after a physics step are those of its end but for the forces of its start: they run ahead of
    time by half a step. A set-point that comes as much later, but for the half of D3IL's own step, makes up
    for it.
    """
    for step in range(steps):
        for joint in range(NUM_JOINTS):
            angle = goal[joint]
            if step == 0:
                angle += late * (last[joint] - goal[joint])
            actuate(simulation, joint, angle, 0.0, implicit)
        _move_fingers(simulation, opens)
        mj_step(simulation.model, simulation.data)


@numba.njit(cache=True, error_model="numpy")
def _move_fingers(simulation: Simulation, opens: bool) -> None:
    """Writes the forces of the fingers, N."""
    qpos, qvel = simulation.qpos, simulation.qvel
    middle = 0.5 * (qpos[NUM_JOINTS] + qpos[NUM_JOINTS + 1])
    goal = FINGER_TRAVEL_M if opens else 0.0
    for finger in (NUM_JOINTS, NUM_JOINTS + 1):
        if middle - goal > CLOSED_M:
            force = -GRASP_FORCE_N
        else:
            force = FINGER_STIFFNESS * (goal - qpos[finger]) - FINGER_DAMPING * qvel[finger]
            force = min(max(force, -PLACING_FORCE_N), PLACING_FORCE_N)
        simulation.ctrl[finger] = force + FINGER_STIFFNESS * (middle - qpos[finger])
