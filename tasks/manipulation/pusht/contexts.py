"""The contexts of PushT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ilbench.tasks.manipulation.pusht.tasks import NUM_SHIFTED, NUM_TEST, NUM_TRAIN, PLACEMENT_BAND_PX

TRAIN_SEED, TEST_SEED, SHIFT_SEED = 200_000, 100_000, 20261121
"""The first seeds of the training and test starts, and that of the shifts; a change is a new task version."""

FIRST_FRESH_SEED = 1_000_000
"""Above all seeds of published starts, ours and Diffusion Policy's."""

BELOW_ORIGIN_PX = 45.0
"""From the block's origin to its center of gravity, about which it turns."""

CENTER_X_PX, CENTER_TOP_PX = (100.0, 400.0), 145.0
"""Where the center of gravity is in the published starts: range of x, and the least y."""


def published_start(seed: int) -> dict[str, Any]:
    """Returns the start that Diffusion Policy's environment draws from a seed (``legacy`` or not).

    The order and kind of the draws are its own: integers for the places, and a normal number of turns. In the
    published evaluation the block's place is set before its angle, as `physics.World.place` does.
    """
    rng = np.random.RandomState(seed)
    agent = [float(rng.randint(50, 450)), float(rng.randint(50, 450))]
    block = [float(rng.randint(100, 400)), float(rng.randint(100, 400))]
    return {"agent": agent, "block": block, "angle": float(rng.randn() * 2 * np.pi - np.pi)}


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split that is not derived.

    A context is ``{"agent": [x, y], "block": [x, y], "angle": a}`` in px and rad.

    Context i of each severity of ``shift/placement-*`` has the same agent, angle and x of the block.
    """
    contexts = {
        "train": [published_start(TRAIN_SEED + index) for index in range(NUM_TRAIN)],
        "test": [published_start(TEST_SEED + index) for index in range(NUM_TEST)],
    }
    for severity in range(1, 6):
        contexts[f"shift/placement-{severity}"] = _placed_high(severity)
    return contexts


def draw_fresh(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yields starts as the published ones, of other seeds, without end."""
    while True:
        yield published_start(int(rng.integers(FIRST_FRESH_SEED, 2**32)))


def _placed_high(severity: int) -> list[dict[str, Any]]:
    """Returns starts whose block is nearer to the upper wall than in training; the agent is below it."""
    rng = np.random.default_rng(SHIFT_SEED)
    starts = []
    for _ in range(NUM_SHIFTED):
        x, share, angle = rng.uniform(*CENTER_X_PX), rng.uniform(), rng.uniform(-np.pi, np.pi)
        agent = rng.uniform((50.0, 250.0), (450.0, 450.0))
        y = CENTER_TOP_PX - PLACEMENT_BAND_PX * (severity - 1 + share)
        starts.append(
            {
                "agent": [round(float(agent[0]), 2), round(float(agent[1]), 2)],
                "block": [round(float(x), 2), round(float(y) - BELOW_ORIGIN_PX, 2)],
                "angle": round(float(angle), 4),
            }
        )
    return starts
