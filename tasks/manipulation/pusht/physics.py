"""The world of PushT: a T on a table, a round pusher on a PD controller, walls; in pixels and seconds.

Written afresh after gym-pusht 0.1.8 (Apache-2.0), whose states it reproduces bit for bit: same shapes,
masses, gains, steps and order of construction. It needs pymunk alone; gym-pusht needs pygame, which cannot be
installed beside the pygame-ce of other suites. Nothing rubs: gym-pusht sets friction on bodies, where pymunk
ignores it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin
from typing import TYPE_CHECKING, Any

import numpy as np
import pymunk

from ilbench.tasks.manipulation.pusht.layout import (
    AGENT_RADIUS_PX,
    BAR,
    GOAL_POSE,
    STEM,
    distance_to,
    face_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

DT_S = 0.01
NUM_SUBSTEPS = 10
STIFFNESS = 100.0
"""Acceleration of the agent toward its target, 1/s² (so px/s² for each px)."""
DRAG = 20.0
"""Acceleration of the agent against its velocity, 1/s; with `STIFFNESS`, it comes to rest without overshoot.
"""

WALLS = (((5, 506), (5, 5)), ((5, 5), (506, 5)), ((506, 5), (506, 506)), ((5, 506), (506, 506)))
WALL_RADIUS_PX = 2
CLEAR_PX = 2.0
"""Distance between agent and block from which on touches are watched for."""

AGENT, BLOCK = 1, 2
"""Collision types; they only tell the handler of touches what to listen to."""

Point = tuple[float, float]
Rectangle = Sequence[Point]


class World:
    """A pymunk space with everything in it, built anew for each episode: nothing is left of the one before.

    Args:
        damping: Share of its velocity that the block keeps over a second. 0 stops it at every physics step,
            so that it moves only while it is pushed.

    Attributes:
        agent: The kinematic body of the pusher; nothing stops it, not even a wall.
        block: The body of the T. Its origin is the middle of the bar's upper edge, and its center of gravity
            45 px below.
        touched: Face (index into `layout.FACES`) of the block's first touch, None before. Nothing counts
            before the agent has once been `CLEAR_PX` away: some published starts begin in touch.
    """

    def __init__(self, damping: float = 0.0) -> None:
        self.space = pymunk.Space()
        self.space.gravity = (0, 0)
        self.space.damping = damping
        static = self.space.static_body
        walls = [pymunk.Segment(static, a, b, WALL_RADIUS_PX) for a, b in WALLS]
        self.agent = pymunk.Body(body_type=pymunk.Body.KINEMATIC)
        disc = pymunk.Circle(self.agent, AGENT_RADIUS_PX)
        self.block, parts = _make_block()
        self.space.add(*walls)
        self.space.add(self.agent, disc)
        self.space.add(self.block, *parts)
        disc.collision_type = AGENT
        for part in parts:
            part.collision_type = BLOCK
        self.touched: int | None = None
        self._listens = False
        handler = self.space.add_collision_handler(AGENT, BLOCK)
        handler.begin = self._begin

    def place(self, agent: Point, block: Point, angle: float) -> None:
        """Puts agent and block where an episode begins and lets the physics take one step.

        The position is set before the angle, and a body turns about its center of gravity: `block` is
        therefore where the origin is before the turn, not where it is observed then.
        """
        self.agent.position = agent
        self.block.position = block
        self.block.angle = angle
        self.space.step(DT_S)
        self.listen()

    def listen(self) -> None:
        """Watches for the first touch from now on, if the agent is clear of the block."""
        if not self._listens:
            away = distance_to(self.block.world_to_local(self.agent.position))
            self._listens = away >= AGENT_RADIUS_PX + CLEAR_PX

    def pose(self, agent: Point, x: float, y: float, angle: float) -> None:
        """Puts agent and block at rest at the given place, the block by its origin's pose."""
        self.agent.position, self.agent.velocity = agent, (0.0, 0.0)
        self.block.angle, self.block.position = angle, (x, y)
        self.block.velocity, self.block.angular_velocity = (0.0, 0.0), 0.0
        self.space.reindex_shapes_for_body(self.agent)
        self.space.reindex_shapes_for_body(self.block)

    def advance(self, x: float, y: float) -> None:
        """Drives the agent toward a target position, px, for one control step."""
        agent, step = self.agent, self.space.step
        for _ in range(NUM_SUBSTEPS):
            (at_x, at_y), (u, v) = agent.position, agent.velocity
            agent.velocity = (
                u + (STIFFNESS * (x - at_x) + DRAG * (0.0 - u)) * DT_S,
                v + (STIFFNESS * (y - at_y) + DRAG * (0.0 - v)) * DT_S,
            )
            step(DT_S)
        self.listen()

    @property
    def block_pose(self) -> tuple[float, float, float]:
        """The block's origin, px, and its angle, rad, as often around as it has turned."""
        x, y = self.block.position
        return x, y, self.block.angle

    def state(self) -> NDArray[np.float64]:
        """Returns positions, angle and velocities of agent and block, shape (10,)."""
        agent, block = self.agent, self.block
        motion = (*agent.velocity, *block.velocity, block.angular_velocity)
        return np.array([*agent.position, *self.block_pose, *motion])

    def _begin(self, arbiter: Any, space: Any, data: Any) -> bool:
        if self._listens and self.touched is None:
            self.touched = face_of(self.block.world_to_local(self.agent.position))
        return True


def _make_block() -> tuple[pymunk.Body, tuple[pymunk.Poly, pymunk.Poly]]:
    """Returns the T. Its moment of inertia counts the bar twice, as in the original."""
    inertia = pymunk.moment_for_poly(1, BAR)
    body = pymunk.Body(1, inertia + inertia)
    bar, stem = pymunk.Poly(body, BAR), pymunk.Poly(body, STEM)
    body.center_of_gravity = (bar.center_of_gravity + stem.center_of_gravity) / 2
    return body, (bar, stem)


def placed(outline: Rectangle, x: float, y: float, angle: float) -> list[Point]:
    """Returns an outline in the block's frame where a block of that pose has it."""
    c, s = cos(angle), sin(angle)
    return [(x + c * u - s * v, y + s * u + c * v) for u, v in outline]


def coverage(x: float, y: float, angle: float) -> float:
    """Returns the share of the goal that a block of that pose covers, in [0, 1].

    gym-pusht takes it from shapely, whose areas differ in the last bit from run to run; these do not.
    """
    parts = [placed(part, x, y, angle) for part in (BAR, STEM)]
    common = sum(_area(_clipped(part, goal)) for part in parts for goal in _GOAL)
    return common / sum(_area(goal) for goal in _GOAL)


def _clipped(outline: Rectangle, window: Rectangle) -> Rectangle:
    """Returns the part of a convex outline inside a convex window (Sutherland and Hodgman, CACM 1974)."""
    kept = list(outline)
    for (ax, ay), (bx, by) in zip(window, (*window[1:], window[0]), strict=True):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in kept]
        points, kept = kept, []
        for i, side in enumerate(sides):
            (px, py), (qx, qy), before = points[i], points[i - 1], sides[i - 1]
            if (side >= 0.0) != (before >= 0.0):
                t = side / (side - before)
                kept.append((px + t * (qx - px), py + t * (qy - py)))
            if side >= 0.0:
                kept.append((px, py))
        if not kept:
            return ()
    return kept


def _area(outline: Rectangle) -> float:
    pairs = zip(outline, (*outline[1:], *outline[:1]), strict=True)
    return 0.5 * abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs))


_GOAL = tuple(placed(part, *GOAL_POSE) for part in (BAR, STEM))
