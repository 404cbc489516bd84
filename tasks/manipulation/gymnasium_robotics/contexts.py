"""The contexts of the Gymnasium-Robotics tasks: where things stand, drawn once and written down."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Contexts: TypeAlias = dict[str, list[dict[str, Any]]]

DOOR_SEED = 20240611
HAMMER_SEED = 20240612
PEN_SEED = 20240613
RELOCATE_SEED = 20240614
"""Versions of the drawn contexts; a change of one is a new task version."""

NUM_TRAIN, NUM_TEST, NUM_SHIFT = 200, 50, 50


def make_door() -> Contexts:
    """Returns the door's contexts by split, ``{"door_pos_m": [x, y, z]}`` of its frame."""
    low, high = np.array([-0.3, 0.25, 0.252]), np.array([-0.2, 0.35, 0.35])

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"door_pos_m": _rounded(rng.uniform(low, high))}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        y = rng.uniform(0.35, 0.4) if side else rng.uniform(0.2, 0.25)
        return {"door_pos_m": _rounded([rng.uniform(-0.2, -0.1), y, rng.uniform(low[2], high[2])])}

    return _drawn(DOOR_SEED, near, "shift/place", far)


def make_hammer() -> Contexts:
    """Returns the hammer's contexts by split, ``{"board_height_m": z}``."""

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"board_height_m": _rounded([rng.uniform(0.1, 0.25)])[0]}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        return {"board_height_m": _rounded([rng.uniform(0.25, 0.3) if side else rng.uniform(0.05, 0.1)])[0]}

    return _drawn(HAMMER_SEED, near, "shift/height", far)


def make_pen() -> Contexts:
    """Returns the pen's contexts by split, ``{"wanted_euler_rad": [about x, about y]}``.

    The pen lies along x, so the sine of the second angle is the cosine between pen and target at the start.
    """

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"wanted_euler_rad": _rounded(rng.uniform(-1.0, 1.0, 2))}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        del side
        return {"wanted_euler_rad": _rounded([rng.uniform(-1.0, 1.0), rng.uniform(-1.4, -1.0)])}

    return _drawn(PEN_SEED, near, "shift/angle", far)


def make_relocate() -> Contexts:
    """Returns the ball's contexts by split, ``{"ball_xy_m": [x, y], "target_m": [x, y, z]}``."""

    def near(rng: np.random.Generator) -> dict[str, Any]:
        ball = rng.uniform([-0.15, -0.15], [0.15, 0.3])
        target = rng.uniform([-0.2, -0.2, 0.15], [0.2, 0.2, 0.35])
        return {"ball_xy_m": _rounded(ball), "target_m": _rounded(target)}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        context = near(rng)
        context["target_m"][0] = _rounded([(1.0 if side else -1.0) * rng.uniform(0.2, 0.3)])[0]
        return context

    return _drawn(RELOCATE_SEED, near, "shift/target", far)


def _drawn(
    seed: int,
    near: Callable[[np.random.Generator], dict[str, Any]],
    shift: str,
    far: Callable[[np.random.Generator, int], dict[str, Any]],
) -> Contexts:
    """Returns train and test contexts from `near`, and a shift's from `far`, called for two sides in turn."""
    rng = np.random.default_rng(seed)
    drawn = _distinct(lambda: near(rng), NUM_TRAIN + NUM_TEST)
    sides = itertools.cycle((0, 1))
    shifted = _distinct(lambda: far(rng, next(sides)), NUM_SHIFT)
    return {"train": drawn[:NUM_TRAIN], "test": drawn[NUM_TRAIN:], shift: shifted}


def _distinct(draw: Callable[[], dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Returns `count` contexts of which no two are the same."""
    contexts: list[dict[str, Any]] = []
    while len(contexts) < count:
        context = draw()
        if context not in contexts:
            contexts.append(context)
    return contexts


def _rounded(values: Any) -> list[float]:
    """Returns numbers to a hundred-thousandth."""
    return [round(float(value), 5) for value in values]
