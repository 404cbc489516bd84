"""The rules of Pushing: two cubes into two zones, in any pairing and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ilbench.tasks.d3il.contexts import Box, draw_contexts, drawn_apart, fresh_by, published
from ilbench.tasks.d3il.layout import EXACT, LOW_POSTURE, TABLE_Z_M, Block, Layout, Rules, Situation, cube

if TYPE_CHECKING:
    import numpy as np

CONTEXTS_SEED = 20261121
"""Version of the drawn contexts; a change of it is a new task version."""

CUBES = {
    "red": Box(x=(0.40, 0.50), y=(-0.15, 0.0)),
    "green": Box(x=(0.55, 0.65), y=(-0.15, 0.0)),
}
ZONES = {"red": (0.42, 0.30), "green": (0.63, 0.30)}
REACHED_M = 0.05
"""Distance between a cube's center and a zone's (which is at z = 0), in space, as in D3IL."""

OUTSIDE_M = 0.015
"""How much farther out of their ranges the cubes begin, at each severity."""

APART_M = 0.09
"""Least distance of the cubes' centers at the start: they never touch, whatever their yaw (85 mm)."""

MODES = ("red to red first", "green to green first", "red to green first", "green to red first")

LAYOUT = Layout(
    posture=LOW_POSTURE,
    bodies=tuple(cube(name, 0.03, 0.05, name) for name in CUBES),
    markers=tuple(
        Block(half_size=(0.05, 0.05, 0.001), pos=(*at, TABLE_Z_M), color=f"target-{name}")
        for name, at in ZONES.items()
    ),
    timing=EXACT,
)


class Pushing(Rules):
    """Success: each cube within 50 mm of a zone of its own. Mode: which cube reached which zone first.

    The pairing of a mode is that of the success, the order that in which its two pairs were first reached,
    so every success has a mode; two pairs reached in the same control step count as red first. Departure:
    in D3IL a cube that had been in the other zone before spoils the mode, though not the success.
    """

    layout = LAYOUT

    def reset(self, context: Any, situation: Situation) -> None:
        """Forgets which pairs were reached."""
        super().reset(context, situation)
        self._reached: list[tuple[int, int]] = []

    def update(self, situation: Situation) -> None:
        """Notes newly reached pairs of cube and zone, and success when both cubes are in."""
        if self.success:
            return
        inside = [
            [pose.distance(x, y, 0.0) <= REACHED_M for x, y in ZONES.values()] for pose in situation.objects
        ]
        self._reached += [
            (cube, zone)
            for cube in (0, 1)
            for zone in (0, 1)
            if inside[cube][zone] and (cube, zone) not in self._reached
        ]
        for crossed in (0, 1):
            if inside[0][crossed] and inside[1][1 - crossed]:
                order = [pair for pair in self._reached if pair in ((0, crossed), (1, 1 - crossed))]
                self.success, self.mode = True, 2 * crossed + order[0][0]


def _draw(rng: np.random.Generator, severity: int) -> dict[str, Any]:
    def poses() -> list[list[float]]:
        if severity == 0:
            return [box.draw(rng) for box in CUBES.values()]
        inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
        return [box.draw_outside(rng, inner, outer) for box in CUBES.values()]

    return {"objects": drawn_apart(poses, APART_M)}


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw], [x, y, yaw]]}``, red, green."""
    return draw_contexts(CONTEXTS_SEED, _draw, published("pushing"))


draw_fresh = fresh_by(_draw)
