"""Ways around the T for a round agent: distances to it and shortest paths that do not touch it."""

from __future__ import annotations

from math import inf
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.tasks.manipulation.pusht.layout import AGENT_RADIUS_PX, BAR, OUTLINE, SIZE_PX, STEM

Array: TypeAlias = NDArray[np.float64]

SAMPLING_PX = 4.0
"""Distance of the points at which a segment is checked."""

NEAR_PX = 30.0
"""So close to its ends, a path may come nearer to the T: it begins and ends beside it."""

TOUCH_PX = 1.0
"""What a path that begins in touch with the T may come nearer to it."""

_CORNERS = np.array(OUTLINE)
_EDGES = np.roll(_CORNERS, -1, axis=0) - _CORNERS
_TURNS = np.array([*BAR, *STEM])
_OUTWARD = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, 1), (1, 1), (1, 1), (-1, 1)], dtype=np.float64)


class Frame:
    """The block's frame of reference.

    Args:
        x: Origin, px.
        y: Origin, px.
        angle: Angle, rad.
    """

    def __init__(self, x: float, y: float, angle: float) -> None:
        self._origin = np.array((x, y))
        c, s = np.cos(angle), np.sin(angle)
        self._turn = np.array(((c, -s), (s, c)))

    def to_world(self, points: Array) -> Array:
        """Returns points of the block, shape (..., 2), on the table."""
        placed: Array = self._origin + points @ self._turn.T
        return placed

    def to_block(self, points: Array) -> Array:
        """Returns points of the table, shape (..., 2), in the block's frame."""
        seen: Array = (points - self._origin) @ self._turn
        return seen

    def turned(self, vectors: Array) -> Array:
        """Returns directions of the block, shape (..., 2), on the table."""
        turned: Array = vectors @ self._turn.T
        return turned


def nearest(points: Array) -> tuple[Array, Array]:
    """Returns the nearest points of the T's outline and signed distances, negative inside.

    Args:
        points: In the block's frame, shape (n, 2).

    Returns:
        Shapes (n, 2) and (n,).
    """
    relative = points[:, None] - _CORNERS
    share = np.clip((relative * _EDGES).sum(2) / (_EDGES**2).sum(1), 0.0, 1.0)
    feet = _CORNERS + share[..., None] * _EDGES
    distances = np.linalg.norm(points[:, None] - feet, axis=2)
    best, rows = distances.argmin(1), np.arange(len(points))
    x, y = np.abs(points[:, 0]), points[:, 1]
    inside = ((x < 60) & (y > 0) & (y < 30)) | ((x < 15) & (y >= 30) & (y < 120))
    return feet[rows, best], np.where(inside, -1.0, 1.0) * distances[rows, best]


def way(start: Array, end: Array, frame: Frame, margin_px: float) -> tuple[Array, float] | None:
    """Returns the shortest path around the block and its length, or None where there is none.

    Args:
        start: Where the agent is.
        end: Where it is to go.
        frame: Where the block is.
        margin_px: Distance to keep between agent and block; less only near its ends.

    Returns:
        Points after `start`, shape (k, 2), the last being `end`; and the length in px.
    """
    reach = AGENT_RADIUS_PX + margin_px
    first, last = frame.to_block(start[None])[0], frame.to_block(end[None])[0]
    around = np.vstack([_aside(np.array([first, last]), reach + 1.0), _TURNS + (reach + 1.0) * _OUTWARD])
    onto_table = frame.to_world(around)
    around = around[np.all((onto_table >= 0.0) & (onto_table <= SIZE_PX), axis=1)]
    nodes = np.vstack([first, around, last])
    order = _shortest(nodes, reach)
    if order is None:
        return None
    path = frame.to_world(nodes[order[1:]])
    return path, float(np.linalg.norm(np.diff(np.vstack([start, path]), axis=0), axis=1).sum())


def _aside(points: Array, distance_px: float) -> Array:
    """Returns points, shape (n, 2), moved straight from or toward the T until they are that far from it."""
    feet, distances = nearest(points)
    outward = (points - feet) / np.where(np.abs(distances) > 1e-6, distances, 1.0)[:, None]
    aside: Array = feet + distance_px * outward
    return aside


def _shortest(nodes: Array, reach: float) -> list[int] | None:
    """Returns the indexes of the shortest free path from the first node to the last (Dijkstra)."""
    size = len(nodes)
    lengths = np.linalg.norm(nodes[:, None] - nodes, axis=2)
    best, before, done = np.full(size, inf), [0] * size, np.zeros(size, dtype=bool)
    best[0] = 0.0
    while not done[-1]:
        open_ends = np.where(done, inf, best)
        here = int(open_ends.argmin())
        if open_ends[here] == inf:
            return None
        done[here] = True
        for there in np.flatnonzero(~done & (best[here] + lengths[here] < best)):
            if _is_free(nodes[here], nodes[there], reach, here == 0, there == size - 1):
                best[there], before[there] = best[here] + lengths[here, there], here
    order = [size - 1]
    while order[-1] != 0:
        order.append(before[order[-1]])
    return order[::-1]


def _is_free(a: Array, b: Array, reach: float, from_start: bool, to_end: bool) -> bool:
    count = max(2, int(np.linalg.norm(b - a) / SAMPLING_PX) + 1)
    points = a + np.linspace(0.0, 1.0, count)[:, None] * (b - a)
    _, distances = nearest(points)
    needed = np.full(count, reach)
    if to_end:
        needed[np.linalg.norm(points - b, axis=1) < NEAR_PX] = AGENT_RADIUS_PX + 1.0
    if from_start:
        leaving = np.linalg.norm(points - a, axis=1) < NEAR_PX
        needed[leaving] = min(AGENT_RADIUS_PX + 1.0, distances[0] - TOUCH_PX)
    return bool(np.all(distances >= needed))
