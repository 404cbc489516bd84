"""The contexts of the Avoiding task: D3IL's one field and start, and fields and starts beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ilbench.tasks.d3il.avoiding_modes import ROWS

CONTEXTS_SEED = 20240511
"""Version of the drawn contexts; a change of it is a new task version."""

START = (0.525, -0.28)
OBSTACLES = ((0.5, -0.1), (0.425, 0.08), (0.575, 0.08), (0.35, 0.26), (0.5, 0.26), (0.65, 0.26))
NUM_SHIFTED = 16
"""Contexts in each shift split."""

SEVERITY_STEP_M = 0.005
SEVERITIES = (1, 2, 3, 4, 5)


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"start": [x, y], "obstacles": [[x, y] * 6]}`` in m.

    ``train`` and ``test`` are D3IL's single start and field, both the same. The shifts draw from
    `CONTEXTS_SEED`; context i of the five ``obstacle-moved`` splits moves the same cylinders in the same
    directions, further at each severity, so that a curve over severity compares like with like.
    """
    nominal = _context(np.array(START), np.array(OBSTACLES))
    contexts = {"train": [nominal], "test": [nominal], "shift/start": _moved_starts()}
    for severity in SEVERITIES:
        contexts[f"shift/obstacle-moved-{severity}"] = _moved_obstacles(severity * SEVERITY_STEP_M)
    return contexts


def _moved_starts() -> list[dict[str, Any]]:
    """Returns starts 20 to 60 mm to the left or right, in turn, and 0 to 60 mm further back."""
    rng = np.random.default_rng([CONTEXTS_SEED, 1])
    sideways = rng.uniform(0.02, 0.06, NUM_SHIFTED) * np.tile([-1.0, 1.0], NUM_SHIFTED // 2)
    back = rng.uniform(0.0, 0.06, NUM_SHIFTED)
    starts = np.array(START) + np.stack([sideways, -back], axis=1)
    return [_context(start, np.array(OBSTACLES)) for start in starts]


def _moved_obstacles(distance_m: float) -> list[dict[str, Any]]:
    """Returns fields with every cylinder moved sideways and every row moved as a whole along y.

    Both by exactly `distance_m`, in drawn directions. A row keeps a common y, on which the modes rest.
    """
    rng = np.random.default_rng([CONTEXTS_SEED, 2])
    sideways = rng.choice([-1.0, 1.0], (NUM_SHIFTED, len(OBSTACLES)))
    along = rng.choice([-1.0, 1.0], (NUM_SHIFTED, len(ROWS)))
    row_of = np.repeat(np.arange(len(ROWS)), [len(row) for row in ROWS])
    moves = np.stack([sideways, along[:, row_of]], axis=2) * distance_m
    return [_context(np.array(START), np.array(OBSTACLES) + move) for move in moves]


def _context(start: np.ndarray[Any, Any], obstacles: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {"start": start.round(4).tolist(), "obstacles": obstacles.round(4).tolist()}
