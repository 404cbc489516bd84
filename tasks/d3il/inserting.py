"""The rules of Inserting: three cubes into three narrow pockets, in any order."""

from __future__ import annotations

from itertools import permutations
from math import atan2
from typing import TYPE_CHECKING, Any

from ilbench.tasks.d3il.contexts import Box, draw_contexts, drawn_apart, fresh_by
from ilbench.tasks.d3il.layout import COARSE, LOW_POSTURE, TABLE_Z_M, Block, Layout, Rules, Situation, cube

if TYPE_CHECKING:
    import numpy as np

CONTEXTS_SEED = 20261124
"""Version of the drawn contexts; a change of it is a new task version."""

HALF_CUBE_M = 0.025
START = (0.525, -0.28)

CUBES = {
    "red": Box(x=(0.35, 0.50), y=(-0.20, -0.15)),
    "green": Box(x=(0.55, 0.70), y=(-0.10, -0.05)),
    "blue": Box(x=(0.35, 0.50), y=(0.0, 0.05)),
}
POCKETS = {"red": (0.3575, 0.276), "green": (0.525, 0.4535), "blue": (0.6925, 0.276)}
"""Where each cube belongs, m: the left, the far and the right pocket, 55 mm wide each."""

REACHED_M = 0.01
"""Distance in space between a cube's center, 6 mm above the plane z = 0, and its target on it, as in D3IL."""

APART_M = 0.08
"""Least distance between the centers of two cubes at the start, and of a cube from the rod."""

OUTSIDE_M = 0.01
"""How much farther out of their ranges the cubes begin, at each severity."""

SLANT = 2 * atan2(1.0, 0.5)
"""D3IL turns four walls by the quaternion (0, 0.5, 1, 0), half a turn about a horizontal axis; a cuboid looks
the same when it is turned by this angle (126.87 degrees) about the vertical."""

WALLS = (
    (0.4, 0.17, 0.03, 0.01, SLANT),
    (0.65, 0.17, 0.03, 0.01, -SLANT),
    (0.383, 0.2185, 0.01, 0.03, 0.0),
    (0.667, 0.2185, 0.01, 0.03, 0.0),
    (0.3525, 0.2385, 0.04, 0.01, 0.0),
    (0.6975, 0.2385, 0.04, 0.01, 0.0),
    (0.32, 0.276, 0.01, 0.0475, 0.0),
    (0.73, 0.276, 0.01, 0.0475, 0.0),
    (0.3525, 0.3135, 0.04, 0.01, 0.0),
    (0.6975, 0.3135, 0.04, 0.01, 0.0),
    (0.383, 0.3335, 0.01, 0.03, 0.0),
    (0.667, 0.3335, 0.01, 0.03, 0.0),
    (0.435, 0.3975, 0.01, 0.07, SLANT),
    (0.615, 0.3975, 0.01, 0.07, -SLANT),
    (0.4875, 0.4585, 0.01, 0.04, 0.0),
    (0.5625, 0.4585, 0.01, 0.04, 0.0),
    (0.525, 0.491, 0.0475, 0.01, 0.0),
)
"""Center x and y, half length in x and y, all m, and yaw in rad of the walls."""

HALF_WALL_HEIGHT_M = 0.03

ORDERS = tuple(permutations(range(3)))
"""For each mode, the cubes in the order in which they are brought in."""

MODES = tuple(", ".join(tuple(CUBES)[index] for index in order) for order in ORDERS)

LAYOUT = Layout(
    posture=LOW_POSTURE,
    bodies=tuple(cube(name, HALF_CUBE_M, 0.05, name) for name in CUBES),
    fixtures=tuple(
        Block(half_size=(half_x, half_y, HALF_WALL_HEIGHT_M), pos=(x, y, 0.0), yaw=yaw, color="grey")
        for x, y, half_x, half_y, yaw in WALLS
    ),
    markers=tuple(
        Block(half_size=(HALF_CUBE_M, HALF_CUBE_M, 0.001), pos=(*at, TABLE_Z_M), color=f"target-{name}")
        for name, at in POCKETS.items()
    ),
    timing=COARSE,
)


class Inserting(Rules):
    """Success: every cube within 10 mm of its target at once. Mode: the order in which they came there.

    A cube that comes to its target, leaves it and comes back counts from when it came last. Where two cubes
    came in the same control step the order is undecided, and the mode None.
    """

    layout = LAYOUT

    def reset(self, context: Any, situation: Situation) -> None:
        """Forgets which cubes are in."""
        super().reset(context, situation)
        self._time = 0
        self._entered: list[int | None] = [None] * len(CUBES)
        self._note(situation)

    def update(self, situation: Situation) -> None:
        """Notes which cubes came or went, and success when all are in."""
        if self.success:
            return
        self._time += 1
        self._note(situation)
        entered = [time for time in self._entered if time is not None]
        if len(entered) == len(CUBES):
            self.success = True
            if len(set(entered)) == len(CUBES):
                red, green, blue = sorted(range(len(CUBES)), key=entered.__getitem__)
                self.mode = ORDERS.index((red, green, blue))

    def _note(self, situation: Situation) -> None:
        for index, (pose, at) in enumerate(zip(situation.objects, POCKETS.values(), strict=True)):
            if pose.distance(*at, 0.0) > REACHED_M:
                self._entered[index] = None
            elif self._entered[index] is None:
                self._entered[index] = self._time

    def info(self) -> dict[str, Any]:
        """Returns how many cubes are in, 0 to 3."""
        return {"num_inserted": sum(time is not None for time in self._entered)}


def _draw(rng: np.random.Generator, severity: int) -> dict[str, Any]:
    def poses() -> list[list[float]]:
        if severity == 0:
            drawn = [box.draw(rng) for box in CUBES.values()]
        else:
            inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
            drawn = [box.draw_outside(rng, inner, outer) for box in CUBES.values()]
        return [*drawn, [*START, 0.0]]

    *cubes, _ = drawn_apart(poses, APART_M)
    return {"objects": cubes}


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw]] * 3}``, red, green, blue."""
    return draw_contexts(CONTEXTS_SEED, _draw, test=60)


draw_fresh = fresh_by(_draw)
