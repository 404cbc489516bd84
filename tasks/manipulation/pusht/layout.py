"""Geometry of PushT, in pixels of a 512 x 512 table whose y axis points down; it needs no simulator."""

from __future__ import annotations

from math import hypot, pi

SIZE_PX = 512
AGENT_RADIUS_PX = 15
GOAL_POSE = (256.0, 256.0, pi / 4)
"""Origin and angle of the goal."""

BAR = ((-60.0, 0.0), (60.0, 0.0), (60.0, 30.0), (-60.0, 30.0))
STEM = ((-15.0, 30.0), (15.0, 30.0), (15.0, 120.0), (-15.0, 120.0))
"""Corners in the block's frame: at angle 0 the T stands upright in the picture."""

OUTLINE = (BAR[0], BAR[1], BAR[2], STEM[1], STEM[2], STEM[3], STEM[0], BAR[3])
"""Corners of the whole T, in order around it; edge i goes from corner i to the next."""

FACES = ("top of the bar", "right of the stem", "foot of the stem", "left of the stem")
"""Where an upright T can be touched; the bar's ends and undersides count as beside the stem."""

FACE_OF_EDGE = (0, 1, 1, 1, 2, 3, 3, 3)

SUCCESS_COVERAGE = 0.95


def face_of(point: tuple[float, float]) -> int:
    """Returns the face (index into `FACES`) nearest to a point in the block's frame."""
    distances = _distances(point)
    return FACE_OF_EDGE[distances.index(min(distances))]


def distance_to(point: tuple[float, float]) -> float:
    """Returns how far a point in the block's frame is from the T's outline, px; inside as well."""
    return min(_distances(point))


def _distances(point: tuple[float, float]) -> list[float]:
    return [_distance(point, a, b) for a, b in zip(OUTLINE, (*OUTLINE[1:], OUTLINE[0]), strict=True)]


def _distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    (x, y), (ax, ay), (bx, by) = point, a, b
    u, v = bx - ax, by - ay
    t = min(1.0, max(0.0, ((x - ax) * u + (y - ay) * v) / (u * u + v * v)))
    return hypot(x - ax - t * u, y - ay - t * v)
