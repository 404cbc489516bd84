"""Plans of pushes: each is tried in a copy of the world, and the one that brings the T nearest is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ilbench.tasks.manipulation.pusht.layout import AGENT_RADIUS_PX, FACE_OF_EDGE, GOAL_POSE, OUTLINE, SIZE_PX
from ilbench.tasks.manipulation.pusht.paths import Array, Frame, nearest, way
from ilbench.tasks.manipulation.pusht.physics import DT_S, World

if TYPE_CHECKING:
    from collections.abc import Sequence

Pose = tuple[float, float, float]

GAP_PX = 3.0
"""Between agent and block before a push."""

ROUGH_PX_S, FINE_PX_S = 150.0, 60.0
MAX_PUSH_PX = 160.0
FINE_BELOW_PX = 25.0
"""Below this distance of the T from its goal, contacts and motion are sampled more finely."""

SPACING_PX, FINE_SPACING_PX = 12.0, 6.0
TILTS = (-0.5, 0.0, 0.5)
"""Directions of a push, rad from the inward normal."""

AIM_TILTS = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
"""Corrections of the direction that are tried once the agent has arrived, rad."""

TRAVEL_PX = 300.0
"""A way of this length to a push is worth halving the distance that the T then has from its goal."""

BLUR = 0.03
"""Standard deviation of the logarithm of the factor that blurs the choice."""

LEAST_GAIN = 0.03
"""A push is useful if it takes away this share of the block's distance from its goal."""

DETOUR_PX = (15.0, 50.0)
"""Range of the length of a push that is made where none is useful."""

MOVED = 0.02
"""A block that is farther from its pose than this, in px or rad, has been moved."""

_CORNERS = np.array(OUTLINE)
_CENTER = _CORNERS.mean(0)
_SPREAD = float(((_CORNERS - _CENTER) ** 2).sum(1).mean())


@dataclass(frozen=True, slots=True)
class Push:
    """A push along a straight line.

    Attributes:
        start: Where the agent begins, beside the block, shape (2,).
        end: Where it ends, shape (2,).
        distance: How far from its goal the block is then, by `distance_px`.
    """

    start: Array
    end: Array
    distance: float


def distance_px(poses: Array) -> Array:
    """Returns the root mean square distance of the T's corners from where they belong; poses (..., 3)."""
    x, y, angle = poses[..., 0], poses[..., 1], poses[..., 2]
    c, s = np.cos(angle), np.sin(angle)
    gx, gy, goal = GOAL_POSE
    (u, v), (gc, gs) = _CENTER, (np.cos(goal), np.sin(goal))
    dx = x + c * u - s * v - (gx + gc * u - gs * v)
    dy = y + s * u + c * v - (gy + gs * u + gc * v)
    distance: Array = np.sqrt(dx**2 + dy**2 + 2.0 * _SPREAD * (1.0 - np.cos(angle - goal)))
    return distance


def pushed(start: Array, direction: Array, pose: Pose, speed: float) -> tuple[Array, int | None]:
    """Returns the block's poses, shape (n, 3), while an agent moves along a line, and the face touched first.

    Row i is after ``(i + 1) * speed * DT_S`` px.
    """
    world = World()
    world.pose((float(start[0]), float(start[1])), *pose)
    world.listen()
    world.agent.velocity = (float(direction[0]) * speed, float(direction[1]) * speed)
    step, block = world.space.step, world.block
    poses = []
    for _ in range(int(MAX_PUSH_PX / (speed * DT_S))):
        step(DT_S)
        poses.append((*block.position, block.angle))
    return np.array(poses), world.touched


def plan(
    agent: Array,
    pose: Pose,
    margin_px: float,
    rng: np.random.Generator,
    face: int | None = None,
    detours: bool = True,
) -> tuple[Push, Array] | None:
    """Returns the best push and the way to its start, or None if there is none.

    Args:
        agent: Where the agent is.
        pose: Where the block is.
        margin_px: Distance to keep from the block on the way.
        rng: Blurs the choice between pushes that are about equally good.
        face: Only consider pushes that first touch this face.
        detours: Whether a push drawn at random will do where none that can be reached is useful.
    """
    frame, fine = Frame(*pose), is_near(pose)
    now = float(distance_px(np.array(pose)))
    pushes = []
    for start, direction in _starts(frame, FINE_SPACING_PX if fine else SPACING_PX, face):
        push, touched = try_push(start, direction, pose, fine)
        if face is None or touched == face:
            pushes.append(push)
    useful = [push for push in pushes if push.distance < (1.0 - LEAST_GAIN) * now]
    best = _best(useful, agent, frame, margin_px, rng)
    return _detour(pushes, agent, frame, margin_px, rng) if best is None and detours else best


def _best(
    pushes: Sequence[Push], agent: Array, frame: Frame, margin_px: float, rng: np.random.Generator
) -> tuple[Push, Array] | None:
    """Returns the push that brings the block nearest to its goal for the way to it, and that way."""
    blur = rng.lognormal(0.0, BLUR, len(pushes))
    found = [
        (push.distance * factor, float(np.linalg.norm(push.start - agent)), push)
        for push, factor in zip(pushes, blur, strict=True)
    ]
    found.sort(key=lambda one: _score(one[0], one[1]))
    best: tuple[float, Push, Array] | None = None
    for distance, beeline, push in found:
        if best is not None and _score(distance, beeline) >= best[0]:
            break
        path = way(agent, push.start, frame, margin_px)
        if path is not None and (best is None or _score(distance, path[1]) < best[0]):
            best = (_score(distance, path[1]), push, path[0])
    return None if best is None else (best[1], best[2])


def _detour(
    pushes: Sequence[Push], agent: Array, frame: Frame, margin_px: float, rng: np.random.Generator
) -> tuple[Push, Array] | None:
    """Returns a push drawn from those in reach, of a drawn length: a way out where none is useful."""
    for index in rng.permutation(len(pushes)):
        push = pushes[index]
        path = way(agent, push.start, frame, margin_px)
        if path is not None:
            along = (push.end - push.start) / float(np.linalg.norm(push.end - push.start))
            return replace(push, end=push.start + along * rng.uniform(*DETOUR_PX)), path[0]
    return None


def _score(distance: float, travel: float) -> float:
    return distance * (1.0 + travel / TRAVEL_PX)


def aimed(push: Push, agent: Array, pose: Pose) -> Push:
    """Returns the best push from where the agent is, in about the direction of the one planned."""
    along = push.end - push.start
    along = along / float(np.linalg.norm(along))
    fine = is_near(pose)
    pushes = []
    for tilt in AIM_TILTS:
        c, s = np.cos(tilt), np.sin(tilt)
        direction = np.array((c * along[0] - s * along[1], s * along[0] + c * along[1]))
        pushes.append(try_push(agent, direction, pose, fine)[0])
    return min(pushes, key=lambda one: one.distance)


def is_near(pose: Pose) -> bool:
    """Returns whether the block is so near to its goal that pushes are planned finely."""
    return float(distance_px(np.array(pose))) < FINE_BELOW_PX


def try_push(start: Array, direction: Array, pose: Pose, fine: bool) -> tuple[Push, int | None]:
    """Returns the push of the best length that moves the block at all, and the face that it touches first."""
    speed = FINE_PX_S if fine else ROUGH_PX_S
    poses, touched = pushed(start, direction, pose, speed)
    distances = distance_px(poses)
    moved = np.abs(poses - pose).max(1) > MOVED
    begin = int(moved.argmax()) if moved.any() else len(poses) - 1
    index = begin + int(distances[begin:].argmin())
    end = start + direction * speed * DT_S * (index + 1)
    return Push(start, end, float(distances[index])), touched


def _starts(frame: Frame, spacing: float, face: int | None) -> Sequence[tuple[Array, Array]]:
    """Returns (start of the agent, direction) of the pushes worth trying."""
    starts, directions = [], []
    for edge in range(len(_CORNERS)):
        if face is not None and FACE_OF_EDGE[edge] != face:
            continue
        a, b = _CORNERS[edge], _CORNERS[(edge + 1) % len(_CORNERS)]
        length = float(np.linalg.norm(b - a))
        inward = np.array((-(b - a)[1], (b - a)[0])) / length
        for share in np.linspace(0.0, 1.0, max(2, round(length / spacing)) + 1)[1:-1]:
            foot = a + share * (b - a)
            for tilt in TILTS:
                c, s = np.cos(tilt), np.sin(tilt)
                direction = np.array((c * inward[0] - s * inward[1], s * inward[0] + c * inward[1]))
                starts.append(foot - AGENT_RADIUS_PX * inward - GAP_PX * direction)
                directions.append(direction)
    _, distances = nearest(np.array(starts))
    placed, turned = frame.to_world(np.array(starts)), frame.turned(np.array(directions))
    free = (distances > AGENT_RADIUS_PX + 1.0) & np.all((placed >= 2.0) & (placed <= SIZE_PX - 2.0), axis=1)
    return [(placed[i], turned[i]) for i in np.flatnonzero(free)]
