"""The contexts of the robosuite tasks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.declaring import NUM_TEST, NUM_TRAIN
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


def make_seeded(version: int) -> dict[str, list[dict[str, Any]]]:
    """Returns contexts ``{"seed": k}`` of ``train`` and ``test``, no seed twice.

    Args:
        version: Version of the drawn contexts; a change of it is a new task version.
    """
    seeds = np.random.default_rng(version).choice(2**31, size=NUM_TRAIN + NUM_TEST, replace=False).tolist()
    return {
        "train": [{"seed": seed} for seed in seeds[:NUM_TRAIN]],
        "test": [{"seed": seed} for seed in seeds[NUM_TRAIN:]],
    }


def draw_seeds(rng: np.random.Generator) -> Iterator[dict[str, int]]:
    """Yields contexts as those of ``test``, of any of the tasks, without end."""
    while True:
        yield {"seed": int(rng.integers(2**31))}


make_stack = partial(make_seeded, 20240611)
make_can = partial(make_seeded, 20240612)
make_square = partial(make_seeded, 20240613)
make_door = partial(make_seeded, 20240614)
make_tool_hang = partial(make_seeded, 20240615)
make_transport = partial(make_seeded, 20240616)
make_two_arm_lift = partial(make_seeded, 20240617)
make_wipe = partial(make_seeded, 20240618)


def _polar(distance: float, angle: float) -> list[float]:
    """Returns (x, y) in m, to a tenth of a millimeter."""
    return [round(float(distance * np.cos(angle)), 4), round(float(distance * np.sin(angle)), 4)]
