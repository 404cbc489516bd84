"""The contexts of the robosuite tasks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.tasks import PLACEMENT_DISTANCES_M

LIFT_SEED = 20240601
"""Version of the drawn contexts; a change of it is a new task version."""


def make_lift() -> dict[str, list[dict[str, Any]]]:
    """Returns Lift's contexts by split: ``{"seed": k}``, with ``object_xy_m`` of the cube in the shifts.

    No seed is in two of train, test and the shifts. Context i has the same seed and direction at each
    severity, so that a curve over severity compares like with like.
    """
    rng = np.random.default_rng(LIFT_SEED)
    seeds = rng.choice(2**31, size=350, replace=False).tolist()
    directions = rng.uniform(0.0, 2.0 * np.pi, 50)
    contexts: dict[str, list[dict[str, Any]]] = {
        "train": [{"seed": seed} for seed in seeds[:200]],
        "test": [{"seed": seed} for seed in seeds[200:300]],
    }
    for severity, distance in enumerate(PLACEMENT_DISTANCES_M, start=1):
        contexts[f"shift/placement-{severity}"] = [
            {"seed": seed, "object_xy_m": {"cube": _polar(distance, angle)}}
            for seed, angle in zip(seeds[300:], directions, strict=True)
        ]
    return contexts


def _polar(distance: float, angle: float) -> list[float]:
    """Returns (x, y) in m, to a tenth of a millimeter."""
    return [round(float(distance * np.cos(angle)), 4), round(float(distance * np.sin(angle)), 4)]
