"""The kinematics of the Panda's seven joints, compiled: where the tool is, its turn, and its Jacobian.

Frames as in Franka's description, a quarter turn about x between joints; the tool lies beyond flange and
hand. No linear algebra library has a part in it, so that the bits do not depend on a processor's kernels.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFFSETS_M = np.array(
    [
        (0.0, 0.0, 0.333),
        (0.0, 0.0, 0.0),
        (0.0, -0.316, 0.0),
        (0.0825, 0.0, 0.0),
        (-0.0825, 0.384, 0.0),
        (0.0, 0.0, 0.0),
        (0.088, 0.0, 0.0),
    ]
)
"""Origin of each joint in the frame of the link before, m, shape (7, 3)."""

QUARTER_TURNS = np.array([0.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0])
"""Turn of each joint's frame about the x axis of the one before, in quarters of a full turn, shape (7,)."""

FLANGE_M = 0.107
"""How far the flange, to which the hand is mounted, is beyond the last joint."""

HAND_TURN = -pi / 4
"""Turn of the hand about the last joint's axis, rad."""

HAND_TO_TCP_M = 0.105
"""The tool center point lies this far along the hand's z axis, which points out of the gripper."""

_HAND_COS, _HAND_SIN = cos(HAND_TURN), sin(HAND_TURN)
_REACH_M = FLANGE_M + HAND_TO_TCP_M


@numba.njit(cache=True, error_model="numpy")
def place_chain(
    joints: NDArray[np.float64],
    frame: NDArray[np.float64],
    at: NDArray[np.float64],
    jacobian: NDArray[np.float64],
) -> None:
    """Writes the tool's pose at some joint angles, and its Jacobian there.

    Args:
        joints: Angles, rad, shape (7,).
        frame: For the tool's axes, a column each, shape (3, 3).
        at: For the tool's position, m, shape (3,).
        jacobian: For the change of position (m/rad) and of orientation, both in the base's frame, by each
            joint, shape (6, 7).
    """
    frame[:] = 0.0
    for axis in range(3):
        frame[axis, axis] = 1.0
        at[axis] = 0.0
    for joint in range(7):
        x, y, z = OFFSETS_M[joint]
        turn, c, s = QUARTER_TURNS[joint], cos(joints[joint]), sin(joints[joint])
        for row in range(3):
            first, second, third = frame[row, 0], frame[row, 1], frame[row, 2]
            at[row] += x * first + y * second + z * third
            if turn != 0.0:
                second, third = turn * third, -turn * second
            jacobian[row, joint] = at[row]
            jacobian[3 + row, joint] = third
            frame[row, 0], frame[row, 1], frame[row, 2] = (
                c * first + s * second,
                c * second - s * first,
                third,
            )
    for row in range(3):
        first, second, third = frame[row, 0], frame[row, 1], frame[row, 2]
        at[row] += _REACH_M * third
        frame[row, 0] = _HAND_COS * first + _HAND_SIN * second
        frame[row, 1] = _HAND_COS * second - _HAND_SIN * first
    for joint in range(7):
        x, y, z = at[0] - jacobian[0, joint], at[1] - jacobian[1, joint], at[2] - jacobian[2, joint]
        u, v, w = jacobian[3, joint], jacobian[4, joint], jacobian[5, joint]
        jacobian[0, joint], jacobian[1, joint], jacobian[2, joint] = (
            v * z - w * y,
            w * x - u * z,
            u * y - v * x,
        )
