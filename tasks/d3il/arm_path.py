"""A path for the gripper's hand, and the joint commands with which D3IL's underdamped arm stays on it."""

from __future__ import annotations

from math import atan2, cos, sin
from typing import TYPE_CHECKING

import numba
import numpy as np

from ilbench.tasks.d3il.arm_chain import place_chain
from ilbench.tasks.d3il.arm_law import DAMPING, NUM_JOINTS, STIFFNESS
from ilbench.tasks.d3il.arm_solver import solve, write_gram
from ilbench.tasks.d3il.layout import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Pose = tuple[float, float, float, float]

ITERATIONS = 2
"""Of inverse kinematics for a step of the path; what they leave, the next step's correct."""

POSTURE_SHARE = 0.1
"""Share of the way to the posture of the start that motion which does not move the hand makes in an
iteration."""

SMOOTHING = 0.4
"""Share of a new acceleration that counts at once: a tremor of the path is not answered by jumps of the
command."""

_POSTURE = np.array(HOME)


class ArmPath:
    """Where the hand is to be, step by step, and what to command for it.

    A set-point on the path would be trailed by a tenth of a second and overshot. What is commanded is ahead
    of it by what the law of `ilbench.tasks.d3il.joint_law` then lacks: damping times speed, and inertia times
    acceleration, over stiffness.

    Args:
        joints: Where the arm rests at the start, rad.
        period_s: Length of a control step, s.
    """

    def __init__(self, joints: Sequence[float], period_s: float) -> None:
        self._joints = np.array(joints)
        self._speeds, self._acceleration = np.zeros(NUM_JOINTS), np.zeros(NUM_JOINTS)
        self._period_s = period_s
        self._frame, self._at, self._jacobian = np.empty((3, 3)), np.empty(3), np.empty((6, NUM_JOINTS))

    @property
    def pose(self) -> Pose:
        """Where the hand is to be now: x, y, z in m, and its yaw in rad."""
        place_chain(self._joints, self._frame, self._at, self._jacobian)
        x, y, z = self._at.tolist()
        return x, y, z, atan2(self._frame[1, 0], self._frame[0, 0])

    def go(self, pose: Pose, inertia: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the joint angles to command, rad, for a hand that is at a pose after a control step.

        Args:
            pose: No farther than the hand moves in a step: x, y, z in m, and the yaw in rad. It points down.
            inertia: How much torque accelerates the joints, shape (7, 7).
        """
        before = self._joints.copy()
        _reach(self._joints, np.array(pose), self._frame, self._at, self._jacobian)
        speeds = (self._joints - before) / self._period_s
        change = (speeds - self._speeds) / self._period_s
        self._speeds = speeds
        self._acceleration += SMOOTHING * (change - self._acceleration)
        forces = DAMPING * speeds + inertia @ self._acceleration
        commanded: NDArray[np.float64] = 0.5 * (before + self._joints) + forces / STIFFNESS
        return commanded


@numba.njit(cache=True, error_model="numpy")
def _reach(
    joints: NDArray[np.float64],
    pose: NDArray[np.float64],
    frame: NDArray[np.float64],
    at: NDArray[np.float64],
    jacobian: NDArray[np.float64],
) -> None:
    """Brings joint angles to where the hand is at a pose nearby; the last three arguments are room."""
    gram, lower, vectors = np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6))
    error, pull = np.empty(6), np.empty(NUM_JOINTS)
    for _ in range(ITERATIONS):
        place_chain(joints, frame, at, jacobian)
        _write_error(pose, frame, at, error)
        for joint in range(NUM_JOINTS):
            pull[joint] = POSTURE_SHARE * (_POSTURE[joint] - joints[joint])
        for row in range(6):
            for joint in range(NUM_JOINTS):
                error[row] -= jacobian[row, joint] * pull[joint]
        write_gram(jacobian, gram)
        solve(gram, error, lower, vectors)
        for joint in range(NUM_JOINTS):
            joints[joint] += pull[joint]
            for row in range(6):
                joints[joint] += jacobian[row, joint] * error[row]


@numba.njit(cache=True, error_model="numpy")
def _write_error(
    pose: NDArray[np.float64], frame: NDArray[np.float64], at: NDArray[np.float64], error: NDArray[np.float64]
) -> None:
    """Writes how far a frame is from a pose: m, and the turn that is missing, rad while it is small."""
    c, s = cos(pose[3]), sin(pose[3])
    axes = ((c, s, 0.0), (s, -c, 0.0), (0.0, 0.0, -1.0))
    error[:3] = pose[:3] - at
    error[3:] = 0.0
    for index in range(3):
        u, v, w = axes[index]
        x, y, z = frame[0, index], frame[1, index], frame[2, index]
        error[3] += 0.5 * (y * w - z * v)
        error[4] += 0.5 * (z * u - x * w)
        error[5] += 0.5 * (x * v - y * u)
