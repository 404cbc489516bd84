"""The torques of operational-space control, compiled: as robosuite computes them, and in closed form.

Both are the same mathematics: a task force through the hand's inertia, gravity, and a pull of the null space
toward a rest pose. `robosuites_torques` calls robosuite's own formulas, three pseudo-inverses by singular
value decomposition among them, with the memory layouts that robosuite has: the same bits. `direct_torques`
solves the same equations by Cholesky factors without forming an inverse, in a fraction of the time; its bits
do not depend on which kernels a linear-algebra library picks for a processor.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from robosuite.utils.control_utils import nullspace_torques, opspace_matrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

REST_STIFFNESS = 10.0
"""Of the pull toward the rest pose (1/s^2), critically damped, as in robosuite."""


@numba.njit(cache=True)
def robosuites_torques(
    mass: NDArray[Any],
    jacobian: NDArray[Any],
    force: NDArray[Any],
    torque: NDArray[Any],
    rest: NDArray[Any],
    joints: NDArray[Any],
    speeds: NDArray[Any],
    bias: NDArray[Any],
) -> NDArray[Any]:
    """Returns joint torques (N m), robosuite's bit for bit.

    Args:
        mass: The arm's mass matrix (7, 7), in Fortran's memory layout.
        jacobian: Of the hand (6, 7), position above rotation.
        force: Wanted acceleration of the hand (m/s^2).
        torque: Wanted angular acceleration (rad/s^2).
        rest: Angles (rad) of the rest pose.
        joints: The arm's angles (rad).
        speeds: The arm's joint speeds (rad/s).
        bias: Gravity, Coriolis and centrifugal torques (N m).
    """
    _, inertia_pos, inertia_ori, nullspace = opspace_matrices(mass, jacobian, jacobian[:3], jacobian[3:])
    wrench = np.empty(6)
    wrench[:3], wrench[3:] = np.dot(inertia_pos, force), np.dot(inertia_ori, torque)
    torques: NDArray[Any] = np.dot(jacobian.T, wrench) + bias
    torques += nullspace_torques(mass, nullspace, rest, joints, speeds)
    return torques


@numba.njit(cache=True)
def direct_torques(
    mass: NDArray[Any],
    jacobian: NDArray[Any],
    force: NDArray[Any],
    torque: NDArray[Any],
    rest: NDArray[Any],
    joints: NDArray[Any],
    speeds: NDArray[Any],
    bias: NDArray[Any],
) -> tuple[bool, NDArray[Any]]:
    """Returns whether all matrices were regular, and then the torques (N m); see `robosuites_torques`."""
    size = len(joints)
    pull = np.empty(size)
    for j in range(size):
        pull[j] = REST_STIFFNESS * (rest[j] - joints[j]) - 2.0 * sqrt(REST_STIFFNESS) * speeds[j]
    regular, mobility = _mobility(mass, jacobian)
    position, rotation = mobility[:3, :3].copy(), mobility[3:, 3:].copy()
    regular = regular and _factorize(position) and _factorize(rotation) and _factorize(mobility)
    torques = np.empty(size)
    if regular:
        against = np.zeros(6)  # what the pull would move the hand with
        for i in range(6):
            for j in range(size):
                against[i] += jacobian[i, j] * pull[j]
        wrench = np.empty(6)
        wrench[:3], wrench[3:] = force, torque
        _solve(position, wrench[:3])
        _solve(rotation, wrench[3:])
        _solve(mobility, against)
        for j in range(size):
            torques[j] = bias[j]
            for i in range(size):
                torques[j] += mass[j, i] * pull[i]
            for i in range(6):
                torques[j] += jacobian[i, j] * (wrench[i] - against[i])
    return regular, torques


@numba.njit(cache=True)
def _mobility(mass: NDArray[Any], jacobian: NDArray[Any]) -> tuple[bool, NDArray[Any]]:
    """Returns whether the mass matrix is regular, and J M^-1 J^T (6, 6), of which the lower half counts."""
    size = mass.shape[0]
    factor = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            factor[i, j] = mass[i, j]
    regular = _factorize(factor)
    halves = np.empty((6, size))  # rows are L^-1 of the Jacobian's rows, where M = L L^T
    mobility = np.empty((6, 6))
    for i in range(6):
        for j in range(size):
            value = jacobian[i, j]
            for k in range(j):
                value -= factor[j, k] * halves[i, k]
            halves[i, j] = value / factor[j, j]
        for j in range(i + 1):
            value = 0.0
            for k in range(size):
                value += halves[i, k] * halves[j, k]
            mobility[i, j] = value
    return regular, mobility


@numba.njit(cache=True)
def _factorize(matrix: NDArray[Any]) -> bool:
    """Replaces the lower half of a symmetric matrix by its Cholesky factor; returns whether it has one."""
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            value = matrix[i, j]
            for k in range(j):
                value -= matrix[i, k] * matrix[j, k]
            if i > j:
                matrix[i, j] = value / matrix[j, j]
            elif value > 0.0:
                matrix[i, i] = sqrt(value)
            else:
                return False
    return True


@numba.njit(cache=True)
def _solve(factor: NDArray[Any], vector: NDArray[Any]) -> None:
    """Replaces `vector` by the solution x of L L^T x = vector."""
    size = len(vector)
    for i in range(size):
        for k in range(i):
            vector[i] -= factor[i, k] * vector[k]
        vector[i] /= factor[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            vector[i] -= factor[k, i] * vector[k]
        vector[i] /= factor[i, i]
