"""The rules of Aligning: an open box is brought to a pose, pushed from inside or from outside."""

from __future__ import annotations

from math import acos, cos, pi, sin
from typing import TYPE_CHECKING, Any

from ilbench.tasks.d3il.contexts import Box, draw_contexts, fresh_by, published
from ilbench.tasks.d3il.layout import (
    COARSE,
    ROD_END_M,
    TABLE_Z_M,
    Block,
    Body,
    Layout,
    Pose,
    Rules,
    Situation,
)

if TYPE_CHECKING:
    import numpy as np

    from ilbench.contract.task import Context

CONTEXTS_SEED = 20261122
"""Version of the drawn contexts; a change of it is a new task version."""

BOX = Box(x=(0.4, 0.6), y=(-0.25, -0.10))
TARGET = Box(x=(0.4, 0.6), y=(0.20, 0.35))

TARGET_Z_M = 0.0
NEAR_M = 0.018
"""Largest distance between box and target, in space: the box lies 9 mm lower than the target."""

ALIGNED = 0.048
"""Largest angle between box and target, as a share of half a turn: 8.64 degrees."""

WALL_M = 0.05
"""Distance of the middle of a wall from the middle of the box."""

RIM_M = 0.0935
"""Height of the walls' upper edges over the frame of the box."""

OUTSIDE_M = 0.012
"""How much farther out of their ranges box and target are, at each severity."""

TURN_LEVER_M = 0.05
"""A turn counts as far as a point so far from the axis moves."""

INSIDE, OUTSIDE = 0, 1
MODES = ("pushed from inside", "pushed from outside")


def _box(name: str, prefix: str, rest_z: float) -> Body:
    """Returns D3IL's hollow box: a heavy plate and four light walls, each of its own color."""
    plate = Block(
        half_size=(0.05, 0.05, 0.01),
        color=f"{prefix}grey",
        mass=1.0,
        friction=(0.3, 0.001, 0.0001),
        priority=1,
    )
    walls = tuple(
        Block(
            half_size=(0.005, 0.05, 0.045) if y == 0 else (0.05, 0.005, 0.045),
            pos=(x, y, 0.0485),
            color=f"{prefix}{color}",
            mass=0.001,
        )
        for color, x, y in (
            ("blue", WALL_M, 0),
            ("green", 0, WALL_M),
            ("red", -WALL_M, 0),
            ("cyan", 0, -WALL_M),
        )
    )
    return Body(name=name, blocks=(plate, *walls), rest_z=rest_z)


POSTURE = (-0.392758, 0.321778, -0.212503, -1.843581, 0.083149, 2.160344, 0.144795)
"""Joint angles at the start, rad: 0.4 m over the table's middle line, (0.525, -0.349, 0.252)."""

LAYOUT = Layout(
    posture=POSTURE,
    bodies=(_box("box", "", TABLE_Z_M + 0.01),),
    target=_box("target", "target-", TARGET_Z_M),
    timing=COARSE,
)


class Aligning(Rules):
    """Success: box within 18 mm and 8.64 degrees of the target. Mode: where the rod was while the box moved.

    Each control step in which the box moved counts by how far it went (mm, and 50 mm a radian of turn) for
    the side of the walls on which the rod's end was afterwards, unless that was above the rim. At the
    success the side with more of the way is the mode; a tie, such as no way at all, is undefined. D3IL looks
    at the last step alone: inside if the rod is less than 51 mm beside the box's center, at any height.
    """

    layout = LAYOUT

    def __init__(self) -> None:
        super().__init__()
        # A quaternion turns by half the angle, so an error on the lever is halved in it.
        self.num_features = 14

    def reset(self, context: Context, situation: Situation) -> None:
        """Forgets what moved the box and takes over the target."""
        super().reset(context, situation)
        x, y, yaw = context["target"]
        self.target = Pose(x, y, TARGET_Z_M, cos(yaw / 2), 0.0, 0.0, sin(yaw / 2))
        self._box = situation.objects[0]
        self._way_m = [0.0, 0.0]

    def update(self, situation: Situation) -> None:
        """Adds the way of the box to a side, and decides success and mode."""
        if self.success:
            return
        box = situation.objects[0]
        side = side_of(situation.tool, box)
        if side is not None:
            self._way_m[side] += box.distance(*self._box[:3]) + TURN_LEVER_M * angle(box, self._box)
        self._box = box
        if box.distance(*self.target[:3]) <= NEAR_M and angle(box, self.target) / pi <= ALIGNED:
            self.success = True
            inside, outside = self._way_m
            self.mode = None if inside == outside else (INSIDE if inside > outside else OUTSIDE)

    def features(self, situation: Situation) -> list[float]:
        """Returns position and quaternion (w at least 0) of the box, then of the target."""
        return [value for pose in (situation.objects[0], self.target) for value in _upper(pose)]


def angle(pose: Pose, other: Pose) -> float:
    """Returns the angle between two orientations, rad in [0, pi]."""
    dot = abs(sum(a * b for a, b in zip(pose[3:], other[3:], strict=True)))
    return 2 * acos(min(dot, 1.0))


def side_of(tool: tuple[float, float, float], box: Pose) -> int | None:
    """Returns on which side of the walls of `box` the rod's end is; None above their rim."""
    x, y, z = _in_frame(box, tool[0], tool[1], tool[2] - ROD_END_M)
    if z > RIM_M:
        return None
    return INSIDE if max(abs(x), abs(y)) < WALL_M else OUTSIDE


def _in_frame(pose: Pose, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Returns a point's coordinates in the frame of `pose`."""
    dx, dy, dz = x - pose.x, y - pose.y, z - pose.z
    w, a, b, c = pose.qw, -pose.qx, -pose.qy, -pose.qz
    tx, ty, tz = 2 * (b * dz - c * dy), 2 * (c * dx - a * dz), 2 * (a * dy - b * dx)
    return dx + w * tx + b * tz - c * ty, dy + w * ty + c * tx - a * tz, dz + w * tz + a * ty - b * tx


def _upper(pose: Pose) -> tuple[float, ...]:
    """Returns the pose with the one of its two quaternions whose w is not negative."""
    return tuple(pose) if pose.qw >= 0 else (*pose[:3], *(-value for value in pose[3:]))


def _draw(rng: np.random.Generator, severity: int) -> dict[str, Any]:
    if severity == 0:
        box, target = BOX.draw(rng), TARGET.draw(rng)
    else:
        inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
        box, target = BOX.draw_outside(rng, inner, outer), TARGET.draw_outside(rng, inner, outer)
    return {"objects": [box], "target": target}


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw]], "target": [x, y, yaw]}``."""
    return draw_contexts(CONTEXTS_SEED, _draw, published("aligning"))


draw_fresh = fresh_by(_draw)
