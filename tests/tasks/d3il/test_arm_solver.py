from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")
from ilbench.tasks.d3il.arm_solver import LEAST_EIGENVALUE, solve


def system(eigenvalues, seed):
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    gram = axes @ np.diag(eigenvalues) @ axes.T
    right = rng.normal(size=6)
    lifted = np.maximum(eigenvalues, LEAST_EIGENVALUE)
    return (gram + gram.T) / 2, right, axes @ (axes.T @ right / lifted)


@pytest.mark.parametrize(
    "eigenvalues",
    [
        (0.5, 0.6, 1, 2, 3, 4),
        (0.005, 0.06, 0.3, 1, 2, 4),
        (7e-4, 0.06, 0.3, 1, 2, 4),
        (0.0, 0.06, 0.3, 1, 2, 4),
        (0.001, 0.002, 0.3, 1, 2, 4),
        (0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        (0.00999, 0.01001, 0.3, 1, 2, 4),
    ],
)
def test_the_solution_is_that_with_eigenvalues_lifted_to_the_least(eigenvalues):
    for seed in range(10):
        gram, right, expected = system(np.array(eigenvalues), seed)
        solve(gram, right, np.empty((6, 6)), np.empty((6, 6)))
        np.testing.assert_allclose(right, expected, rtol=1e-6, atol=1e-8 * abs(expected).max())
