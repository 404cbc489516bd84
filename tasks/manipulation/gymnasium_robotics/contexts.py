"""The contexts of the Gymnasium-Robotics tasks: where things stand, drawn once and written down."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

Contexts: TypeAlias = dict[str, list[dict[str, Any]]]

DOOR_SEED = 20240611
HAMMER_SEED = 20240612
PEN_SEED = 20240613
RELOCATE_SEED = 20240614
REACH_SEED = 20240615
PUSH_SEED = 20240616
SLIDE_SEED = 20240617
PICK_AND_PLACE_SEED = 20240618
FRANKA_SEED = 20240619
"""Versions of the drawn contexts; a change of one is a new task version."""

NUM_TRAIN, NUM_TEST, NUM_SHIFT = 200, 50, 50

GOAL_RADIUS_M = 0.05
"""A goal of a Fetch task this near is reached."""

SLIDE_M = 0.55
"""As far as a single strike of Fetch's arm carries the puck, about."""

TABLE_OBJECT_Z_M = 0.4247
PUCK_Z_M = 0.41354
"""Where the center of the block and of the puck is when it lies on the table, as the model settles."""

Draw: TypeAlias = Callable[[np.random.Generator], dict[str, Any]]
DrawBeyond: TypeAlias = Callable[[np.random.Generator, int], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How a task's contexts are drawn.

    Attributes:
        seed: Version of those on file.
        near: Draws one of train and test.
        shift: Name of the shift.
        far: Draws one of the shift, called for two sides in turn.
    """

    seed: int
    near: Draw
    shift: str
    far: DrawBeyond

    def make(self) -> Contexts:
        """Returns the contexts on file, by split."""
        rng = np.random.default_rng(self.seed)
        drawn = _distinct(lambda: self.near(rng), NUM_TRAIN + NUM_TEST)
        sides = itertools.cycle((0, 1))
        shifted = _distinct(lambda: self.far(rng, next(sides)), NUM_SHIFT)
        return {"train": drawn[:NUM_TRAIN], "test": drawn[NUM_TRAIN:], self.shift: shifted}

    def fresh(self, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
        """Yields contexts as those of ``test``, without end."""
        while True:
            yield self.near(rng)


def _door() -> Draws:
    """Returns how the door's contexts are drawn, ``{"door_pos_m": [x, y, z]}`` of its frame."""
    low, high = np.array([-0.3, 0.25, 0.252]), np.array([-0.2, 0.35, 0.35])

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"door_pos_m": _rounded(rng.uniform(low, high))}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        y = rng.uniform(0.35, 0.4) if side else rng.uniform(0.2, 0.25)
        return {"door_pos_m": _rounded([rng.uniform(-0.2, -0.1), y, rng.uniform(low[2], high[2])])}

    return Draws(seed=DOOR_SEED, near=near, shift="shift/place", far=far)


def _hammer() -> Draws:
    """Returns how the hammer's contexts are drawn, ``{"board_height_m": z}``."""

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"board_height_m": _rounded([rng.uniform(0.1, 0.25)])[0]}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        return {"board_height_m": _rounded([rng.uniform(0.25, 0.3) if side else rng.uniform(0.05, 0.1)])[0]}

    return Draws(seed=HAMMER_SEED, near=near, shift="shift/height", far=far)


def _pen() -> Draws:
    """Returns how the pen's contexts are drawn, ``{"wanted_euler_rad": [about x, about y]}``.

    The pen lies along x, so the sine of the second angle is the cosine between pen and target at the start.
    """

    def near(rng: np.random.Generator) -> dict[str, Any]:
        return {"wanted_euler_rad": _rounded(rng.uniform(-1.0, 1.0, 2))}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        del side
        return {"wanted_euler_rad": _rounded([rng.uniform(-1.0, 1.0), rng.uniform(-1.4, -1.0)])}

    return Draws(seed=PEN_SEED, near=near, shift="shift/angle", far=far)


def _relocate() -> Draws:
    """Returns how the ball's contexts are drawn, ``{"ball_xy_m": [x, y], "target_m": [x, y, z]}``."""

    def near(rng: np.random.Generator) -> dict[str, Any]:
        ball = rng.uniform([-0.15, -0.15], [0.15, 0.3])
        target = rng.uniform([-0.2, -0.2, 0.15], [0.2, 0.2, 0.35])
        return {"ball_xy_m": _rounded(ball), "target_m": _rounded(target)}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        context = near(rng)
        context["target_m"][0] = _rounded([_sign(side) * rng.uniform(0.2, 0.3)])[0]
        return context

    return Draws(seed=RELOCATE_SEED, near=near, shift="shift/target", far=far)


def _reach() -> Draws:
    """Returns how Fetch reach's contexts are drawn, ``{"goal_m": [x, y, z]}``."""
    home = np.array([1.34184, 0.7491, 0.53472])  # the gripper, as the model settles

    def near(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            offset = rng.uniform(-0.15, 0.15, 3)
            if np.linalg.norm(offset) > GOAL_RADIUS_M:
                return {"goal_m": _rounded(home + offset)}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        offset = rng.uniform(-0.15, 0.15, 3)
        offset[1] = _sign(side) * rng.uniform(0.15, 0.25)
        return {"goal_m": _rounded(home + offset)}

    return Draws(seed=REACH_SEED, near=near, shift="shift/goal", far=far)


def _push() -> Draws:
    """Returns how Fetch push's contexts are drawn, ``{"object_xy_m": [x, y], "goal_m": [x, y, z]}``."""
    near, far = _on_table(home=(1.34554, 0.74902), spread=0.15, reach=0.15, ahead=0.0, beyond=0.1)
    near, far = _with_height(near, far, TABLE_OBJECT_Z_M)
    return Draws(seed=PUSH_SEED, near=near, shift="shift/goal", far=far)


def _slide() -> Draws:
    """Returns how Fetch slide's contexts are drawn, ``{"object_xy_m": [x, y], "goal_m": [x, y, z]}``."""
    anywhere, _ = _on_table(home=(0.99273, 0.74904), spread=0.1, reach=0.3, ahead=0.4, beyond=0.0)

    def drawn(rng: np.random.Generator, is_far: bool) -> dict[str, Any]:
        while True:
            context = anywhere(rng)
            way = np.subtract(context["goal_m"], context["object_xy_m"])
            if (np.linalg.norm(way) > SLIDE_M) == is_far:
                return context

    near, far = _with_height(lambda rng: drawn(rng, False), lambda rng, _: drawn(rng, True), PUCK_Z_M)
    return Draws(seed=SLIDE_SEED, near=near, shift="shift/far", far=far)


def _pick_and_place() -> Draws:
    """Returns how Fetch pick-and-place's contexts are drawn, ``{"object_xy_m": […], "goal_m": […]}``."""
    near, far = _on_table(home=(1.34194, 0.7491), spread=0.15, reach=0.15, ahead=0.0, beyond=0.1)
    near, far = _with_height(near, far, TABLE_OBJECT_Z_M, highest=0.45)
    return Draws(seed=PICK_AND_PLACE_SEED, near=near, shift="shift/goal", far=far)


def make_franka() -> Contexts:
    """Returns the kitchen's contexts by split, ``{"seed": k}``, with an offset of the start in the shifts."""
    rng = np.random.default_rng(FRANKA_SEED)
    seeds = rng.choice(2**31, size=NUM_TRAIN + NUM_TEST + 2 * NUM_SHIFT, replace=False).tolist()
    contexts = [{"seed": seed} for seed in seeds]
    arm, kettle = contexts[-2 * NUM_SHIFT : -NUM_SHIFT], contexts[-NUM_SHIFT:]
    angles, distances = rng.uniform(0.0, 2.0 * np.pi, NUM_SHIFT), rng.uniform(0.03, 0.06, NUM_SHIFT)
    ways = zip(distances * np.cos(angles), distances * np.sin(angles), strict=True)
    return {
        "train": contexts[:NUM_TRAIN],
        "test": contexts[NUM_TRAIN : NUM_TRAIN + NUM_TEST],
        "shift/arm": [{**c, "arm_offset_rad": _rounded(rng.uniform(-0.15, 0.15, 7))} for c in arm],
        "shift/kettle": [
            {**c, "kettle_offset_m": _rounded(way)} for c, way in zip(kettle, ways, strict=True)
        ],
    }


def _on_table(
    home: tuple[float, float], spread: float, reach: float, ahead: float, beyond: float
) -> tuple[Draw, DrawBeyond]:
    """Returns how object and goal are drawn in the plane, as Gymnasium-Robotics draws them, and beyond it.

    Args:
        home: The gripper's start, m.
        spread: How far from it the object may be along an axis; it is at least 10 cm away.
        reach: How far from `ahead` of it the goal may be along an axis.
        ahead: Where goals are centered along x, from the gripper.
        beyond: How much further to the side the goals of the shift are, at most.
    """

    def drawn(rng: np.random.Generator, aside: float | None) -> dict[str, Any]:
        while True:
            where = rng.uniform(-spread, spread, 2)
            goal = rng.uniform(-reach, reach, 2)
            goal = np.array([goal[0] + ahead, goal[1] if aside is None else aside])
            if np.linalg.norm(where) > 0.1 and np.linalg.norm(where - goal) > GOAL_RADIUS_M:
                return {"object_xy_m": _rounded(home + where), "goal_m": _rounded(home + goal)}

    def far(rng: np.random.Generator, side: int) -> dict[str, Any]:
        return drawn(rng, _sign(side) * rng.uniform(reach, reach + beyond))

    return lambda rng: drawn(rng, None), far


def _with_height(near: Draw, far: DrawBeyond, table: float, highest: float = 0.0) -> tuple[Draw, DrawBeyond]:
    """Returns the draws with the goal's height: on the table, or for one in two up to `highest` above."""

    def lifted(rng: np.random.Generator, context: dict[str, Any]) -> dict[str, Any]:
        height = rng.uniform(0.0, highest) if highest and rng.random() < 0.5 else 0.0
        context["goal_m"] += _rounded([table + height])
        return context

    return (
        lambda rng: lifted(rng, near(rng)),
        lambda rng, side: lifted(rng, far(rng, side)),
    )


def _sign(side: int) -> float:
    return 1.0 if side else -1.0


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


def _franka_fresh(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    while True:
        yield {"seed": int(rng.integers(2**31))}


_DRAWS = {
    "door": _door(),
    "hammer": _hammer(),
    "pen": _pen(),
    "relocate": _relocate(),
    "reach": _reach(),
    "push": _push(),
    "slide": _slide(),
    "pick_and_place": _pick_and_place(),
}
make_door = _DRAWS["door"].make
make_hammer = _DRAWS["hammer"].make
make_pen = _DRAWS["pen"].make
make_relocate = _DRAWS["relocate"].make
make_reach = _DRAWS["reach"].make
make_push = _DRAWS["push"].make
make_slide = _DRAWS["slide"].make
make_pick_and_place = _DRAWS["pick_and_place"].make

FRESH = SimpleNamespace(franka=_franka_fresh, **{name: draws.fresh for name, draws in _DRAWS.items()})
"""What yields fresh contexts of each task, by its name with underscores."""
