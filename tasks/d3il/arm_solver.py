"""The linear system of the arm's inverse kinematics, compiled: six equations, at times nearly singular.

D3IL clips the eigenvalues of J Jᵀ from below before it inverts it. No linear algebra library has a part in
it, so that the bits do not depend on a processor's kernels.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_EIGENVALUE = 0.01
"""A smaller eigenvalue counts as this one, which keeps the inverse bounded near singular postures."""

MAX_ROUNDS = 30
"""Of inverse iteration; each leaves an error times the ratio of the two least eigenvalues, mostly 0.2."""

MAX_SWEEPS = 12
"""Of Jacobi's rotations, which converge quadratically: five are usual."""

_STEADY = 1e-15


@numba.njit(cache=True, error_model="numpy")
def write_gram(jacobian: NDArray[np.float64], gram: NDArray[np.float64]) -> None:
    """Writes J Jᵀ, shape (6, 6), of a Jacobian, shape (6, 7)."""
    for row in range(6):
        for column in range(row + 1):
            value = 0.0
            for joint in range(jacobian.shape[1]):
                value += jacobian[row, joint] * jacobian[column, joint]
            gram[row, column] = gram[column, row] = value


@numba.njit(cache=True, error_model="numpy")
def solve(
    gram: NDArray[np.float64],
    right: NDArray[np.float64],
    lower: NDArray[np.float64],
    vectors: NDArray[np.float64],
) -> None:
    """Solves ``gram x = right`` in place, with eigenvalues of at least `LEAST_EIGENVALUE`.

    Whether one is smaller shows in a Cholesky factorization of what is left when `LEAST_EIGENVALUE` is
    subtracted. If it is one alone, inverse iteration finds it, and it is lifted; else Jacobi finds all.

    Args:
        gram: Symmetric, positive semidefinite, shape (6, 6). Overwritten.
        right: Shape (6,); the solution afterwards.
        lower: Room for a factor, shape (6, 6).
        vectors: Room for eigenvectors, shape (6, 6).
    """
    if not _factorize(gram, LEAST_EIGENVALUE, lower) and not _lift_least(gram, lower, vectors):
        _solve_by_eigenvalues(gram, right, vectors)
        return
    _factorize(gram, 0.0, lower)
    _substitute(lower, right)


@numba.njit(cache=True, error_model="numpy")
def _factorize(gram: NDArray[np.float64], less: float, lower: NDArray[np.float64]) -> bool:
    """Writes the Cholesky factor of ``gram - less I``, its diagonal inverted; False where there is none."""
    for column in range(6):
        value = gram[column, column] - less
        for index in range(column):
            value -= lower[column, index] * lower[column, index]
        if not value > 0.0:
            return False
        scale = 1.0 / sqrt(value)
        lower[column, column] = scale
        for row in range(column + 1, 6):
            value = gram[row, column]
            for index in range(column):
                value -= lower[row, index] * lower[column, index]
            lower[row, column] = value * scale
    return True


@numba.njit(cache=True, error_model="numpy")
def _substitute(lower: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """Solves in place with a factor of `_factorize`."""
    for row in range(6):
        value = right[row]
        for column in range(row):
            value -= lower[row, column] * right[column]
        right[row] = value * lower[row, row]
    for row in range(5, -1, -1):
        value = right[row]
        for column in range(row + 1, 6):
            value -= lower[column, row] * right[column]
        right[row] = value * lower[row, row]


@numba.njit(cache=True, error_model="numpy")
def _lift_least(gram: NDArray[np.float64], lower: NDArray[np.float64], vectors: NDArray[np.float64]) -> bool:
    """Lifts the least eigenvalue to `LEAST_EIGENVALUE`.

    Returns False, the matrix as it was or not, where another one is below it too, or too near to tell apart.
    """
    if not _factorize(gram, 0.0, lower):
        return False
    vector = vectors[0]
    vector[:] = 1.0
    before = eigenvalue = 0.0
    for _ in range(MAX_ROUNDS):
        _substitute(lower, vector)
        norm = 0.0
        for index in range(6):
            norm += vector[index] * vector[index]
        before, eigenvalue = eigenvalue, 1.0 / sqrt(norm)
        for index in range(6):
            vector[index] *= eigenvalue
        if abs(eigenvalue - before) <= _STEADY:
            break
    if abs(eigenvalue - before) > _STEADY:
        return False
    for row in range(6):
        for column in range(6):
            gram[row, column] += (LEAST_EIGENVALUE - eigenvalue) * vector[row] * vector[column]
    return _factorize(gram, 0.999 * LEAST_EIGENVALUE, lower)


@numba.njit(cache=True, error_model="numpy")
def _solve_by_eigenvalues(
    gram: NDArray[np.float64], right: NDArray[np.float64], vectors: NDArray[np.float64]
) -> None:
    """Solves in place by all eigenvalues, each at least `LEAST_EIGENVALUE`."""
    _diagonalize(gram, vectors)
    turned = np.zeros(6)
    for index in range(6):
        for row in range(6):
            turned[index] += vectors[row, index] * right[row]
        turned[index] /= max(gram[index, index], LEAST_EIGENVALUE)
    for row in range(6):
        right[row] = 0.0
        for index in range(6):
            right[row] += vectors[row, index] * turned[index]


@numba.njit(cache=True, error_model="numpy")
def _diagonalize(gram: NDArray[np.float64], vectors: NDArray[np.float64]) -> None:
    """Turns a symmetric matrix into its eigenvalues, with the eigenvectors as columns: cyclic Jacobi."""
    for row in range(6):
        for column in range(6):
            vectors[row, column] = 1.0 if row == column else 0.0
    for _ in range(MAX_SWEEPS):
        beside = 0.0
        for row in range(6):
            for column in range(row):
                beside += gram[row, column] * gram[row, column]
        if beside < 1e-28:
            return
        for first in range(5):
            for second in range(first + 1, 6):
                if abs(gram[first, second]) > 1e-300:
                    _rotate(gram, vectors, first, second)


@numba.njit(cache=True, error_model="numpy")
def _rotate(gram: NDArray[np.float64], vectors: NDArray[np.float64], first: int, second: int) -> None:
    """Makes one entry of a symmetric matrix zero by a rotation, and turns the vectors along."""
    slope = (gram[second, second] - gram[first, first]) / (2.0 * gram[first, second])
    tangent = 1.0 / (abs(slope) + sqrt(slope * slope + 1.0))
    if slope < 0.0:
        tangent = -tangent
    cosine = 1.0 / sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    _mix(gram, first, second, cosine, sine)
    _mix(gram.T, first, second, cosine, sine)
    _mix(vectors, first, second, cosine, sine)


@numba.njit(cache=True, error_model="numpy")
def _mix(matrix: NDArray[np.float64], first: int, second: int, cosine: float, sine: float) -> None:
    """Turns two columns of a matrix in the plane that they span."""
    for row in range(6):
        one, other = matrix[row, first], matrix[row, second]
        matrix[row, first] = cosine * one - sine * other
        matrix[row, second] = sine * one + cosine * other
