"""The skill of the pushing experts: a rod takes one cube to a point, around whatever is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.tasks.d3il.hand import ToolHand

Point = tuple[float, float]

STANDOFF_M = 0.066
"""From where behind the cube's center a push begins: outside the reach of its corners (42 + 10 mm)."""

ROOM_M = 0.062
"""How far the traveling rod stays from every cube's center, where it can."""

PASSING_M = 0.088
"""How far the center of a pushed cube stays from another's, where it can; corners touch below 85 mm."""

NEAR_M, FAR_M = 0.052, 0.068
WIDE, NARROW = 0.8, 0.25
"""A rod nearer than `NEAR_M` pushes if it is within the angle `WIDE` (rad) of being right behind the cube,
one farther than `FAR_M` within `NARROW`; linear in between. Else it goes around the cube first."""

STEERING = 2.0
"""How far the push turns, in units of the angle by which the rod is off. 1 pushes the center away from the
rod, along a line that misses the goal; 2 swings the cube back in front (Igarashi et al., A dipole field for
object delivery by pushing on a flat surface, ICRA 2010)."""

AHEAD_M = 0.05
"""How far ahead of the rod a push aims, and a way that turns nearer than this: farther than the hand slows
down."""

LEAD_M = 0.05
"""How far beyond the goal, seen from the rod, a cube is headed: short of the goal itself, where the
direction to it turns with every millimeter aside, a push goes straight on instead."""

SPOKES = 10
"""Points around each obstacle that a way may go through."""


class Advance(NamedTuple):
    """What the hand should do next.

    Attributes:
        aim: Where to move to, m.
        pushes: Whether the rod is behind the cube, to push it, and not on its way there.
        remaining_m: How far the cube is from the goal, straight.
    """

    aim: Point
    pushes: bool
    remaining_m: float


class Region(NamedTuple):
    """Where the centers of pushed cubes may go: bounds in m."""

    x: tuple[float, float] = (-1.0, 2.0)
    y: tuple[float, float] = (-1.0, 1.0)


def advance(
    rod: Point,
    cube: Point,
    goal: Point,
    others: Sequence[Point],
    region: Region = Region(),  # noqa: B008 - an immutable value
    *,
    precisely: bool = True,
    passing_m: float = PASSING_M,
) -> Advance:
    """Returns how to go on taking a cube to `goal`; depends on nothing but where things are now.

    Args:
        rod: Measured, m.
        cube: Center of the cube to be pushed, m.
        goal: Where its center has to go, m.
        others: Centers of what is in the way, m.
        region: Where a way around the others may lead the cube.
        precisely: Whether to stop at the goal; else it only says where to go.
        passing_m: How far from the others' centers the cube's stays, where it can.
    """
    way = next_point(cube, goal, others, passing_m, region)
    if way == goal and precisely:
        way = _beyond(rod, cube, goal)
    heading = atan2(way[1] - cube[1], way[0] - cube[0])
    x, y = rod[0] - cube[0], rod[1] - cube[1]
    distance = hypot(x, y)
    off = _wrapped(atan2(-y, -x) - heading)
    remaining = hypot(goal[0] - cube[0], goal[1] - cube[1])
    if abs(off) <= _allowed(distance, remaining if precisely else 1.0):
        push = heading + STEERING * off
        return Advance((rod[0] + AHEAD_M * cos(push), rod[1] + AHEAD_M * sin(push)), True, remaining)
    behind = (cube[0] - STANDOFF_M * cos(heading), cube[1] - STANDOFF_M * sin(heading))
    return Advance(_around(rod, behind, (cube, *others)), False, remaining)


def follow(
    hand: ToolHand, set_point: Sequence[float], rod: Point, advance: Advance, haste: float
) -> NDArray[np.float32]:
    """Returns the hand's action: it travels at its pace and pushes `haste` times as fast, ever slower."""
    at, tool, aim = np.array(set_point[:2]), np.array(rod), np.array(advance.aim)
    if not advance.pushes:
        return hand.move(at, tool, aim)
    slow = min(1.0, 0.4 + 8.0 * advance.remaining_m)
    return hand.move(at, tool, aim, haste=haste * slow, steadiness=0.5)


def next_point(
    start: Point,
    goal: Point,
    obstacles: Sequence[Point],
    radius_m: float,
    region: Region = Region(),  # noqa: B008 - an immutable value
) -> Point:
    """Returns the first corner of the shortest way past circles around `obstacles`; `goal` if it is free.

    A circle that holds start or goal is shrunk until it does not. Where no way is free, all circles shrink
    until one is: better to brush past than to plow through.
    """
    for share in (1.0, 0.85, 0.7, 0.5):
        circles = [(x, y, _shrunk(start, goal, x, y, share * radius_m)) for x, y in obstacles]
        if not any(_blocks(start, goal, circle) for circle in circles):
            return goal
        first = _first_corner(start, goal, np.array(circles), region)
        if first is not None:
            return first
    return goal


def _first_corner(start: Point, goal: Point, circles: NDArray[np.float64], region: Region) -> Point | None:
    """Returns where the shortest free way turns first, None if there is none."""
    nodes = _nodes(start, goal, circles, region)
    costs = _costs(nodes, circles)
    to_goal = costs[:, 1]
    for _ in range(len(nodes)):
        shorter = (costs + to_goal).min(axis=1)
        if (shorter == to_goal).all():
            break
        to_goal = shorter
    if not np.isfinite(to_goal[0]):
        return None
    costs[0, 0] = np.inf
    x, y = nodes[int(np.argmin(costs[0] + to_goal))].tolist()
    return x, y


def _around(rod: Point, goal: Point, obstacles: Sequence[Point]) -> Point:
    """Returns where to move to get to `goal` past the obstacles, without slowing down before a turn."""
    corner = next_point(rod, goal, obstacles, ROOM_M)
    x, y = corner[0] - rod[0], corner[1] - rod[1]
    distance = hypot(x, y)
    if corner == goal or distance > AHEAD_M or distance < 1e-6:
        return corner
    return rod[0] + AHEAD_M * x / distance, rod[1] + AHEAD_M * y / distance


def _beyond(rod: Point, cube: Point, goal: Point) -> Point:
    """Returns the point to head the cube to: beyond the goal, unless the cube itself is."""
    x, y = goal[0] - rod[0], goal[1] - rod[1]
    distance = hypot(x, y)
    if x * (goal[0] - cube[0]) + y * (goal[1] - cube[1]) <= 0.0 or distance < 1e-6:
        return goal
    return goal[0] + LEAD_M * x / distance, goal[1] + LEAD_M * y / distance


def _allowed(distance: float, remaining: float) -> float:
    """Returns the angle within which a rod at this distance from the cube's center pushes it."""
    if distance > FAR_M + 0.03:
        return -1.0
    share = min(max((distance - NEAR_M) / (FAR_M - NEAR_M), 0.0), 1.0)
    wide = min(WIDE, NARROW + 5.0 * remaining)
    return wide + share * (NARROW - wide)


def _wrapped(angle: float) -> float:
    return (angle + pi) % (2 * pi) - pi


def _shrunk(start: Point, goal: Point, x: float, y: float, radius_m: float) -> float:
    nearest = min(hypot(start[0] - x, start[1] - y), hypot(goal[0] - x, goal[1] - y))
    return min(radius_m, nearest - 1e-3)


def _blocks(start: Point, goal: Point, circle: tuple[float, float, float]) -> bool:
    x, y, radius = circle
    dx, dy = goal[0] - start[0], goal[1] - start[1]
    along = ((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy + 1e-12)
    along = min(max(along, 0.0), 1.0)
    return hypot(start[0] + along * dx - x, start[1] + along * dy - y) < radius


_ANGLES = 2 * pi * np.arange(SPOKES) / SPOKES
_SPOKES = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) / cos(pi / SPOKES) * 1.01
"""Corners of a polygon around the unit circle."""


def _nodes(start: Point, goal: Point, circles: NDArray[np.float64], region: Region) -> NDArray[np.float64]:
    """Returns start, goal and the free corners around the circles, shape (K, 2)."""
    corners = (circles[:, None, :2] + circles[:, None, 2:] * _SPOKES).reshape(-1, 2)
    x, y = corners[:, 0], corners[:, 1]
    gaps = (x[:, None] - circles[:, 0]) ** 2 + (y[:, None] - circles[:, 1]) ** 2 - circles[:, 2] ** 2
    free = (gaps.min(axis=1) > 0) & (x >= region.x[0]) & (x <= region.x[1])
    free &= (y >= region.y[0]) & (y <= region.y[1])
    return np.concatenate([[start, goal], corners[free]])


def _costs(nodes: NDArray[np.float64], circles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the lengths of all straight legs between nodes, infinite where a circle is in the way."""
    x, y = nodes.T
    leg_x, leg_y = x[:, None] - x, y[:, None] - y
    squared = leg_x * leg_x + leg_y * leg_y
    to_x, to_y = (x - circles[:, 0:1])[:, :, None], (y - circles[:, 1:2])[:, :, None]
    along = (to_x * leg_x + to_y * leg_y) / (squared + 1e-12)
    along = np.minimum(np.maximum(along, 0.0), 1.0)
    miss_x, miss_y = to_x - along * leg_x, to_y - along * leg_y
    blocked = miss_x * miss_x + miss_y * miss_y < (circles[:, 2] ** 2)[:, None, None]
    costs: NDArray[np.float64] = np.where(blocked.any(axis=0), np.inf, np.sqrt(squared))
    return costs
