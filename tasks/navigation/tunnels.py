"""Tunnel mazes on a grid: how they are dug, and breadth-first search in them.

NumPy is imported where it is used, so that tasks are listed without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Cell: TypeAlias = tuple[int, int]
"""Row and column, counted from the upper left corner."""

MOVES: tuple[Cell, ...] = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""The change of (row, column) by action: up, right, down, left. Action 4 stays."""

NUM_ACTIONS = 5
UNREACHED = 255
"""Round of a cell, and action in it, that a search has not reached."""

MAX_ROUNDS = 250
SHORTCUT_RATE = 0.19
"""Share of the walls between neighboring rooms that are opened beside the tree of tunnels. In the DICE maze a
wall is tried from both sides with probability 0.1: 1 - 0.9²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnels:
    """How mazes are dug: square rooms in rows, joined by tunnels as wide as they are.

    Attributes:
        size: Cells on a side, walls included.
        width: Cells across a tunnel; walls between tunnels are one cell thick.
        shortcut_rate: Share of the remaining walls between neighboring rooms that are opened; 0 leaves one
            way between any two rooms.
    """

    size: int
    width: int = 2
    shortcut_rate: float = SHORTCUT_RATE


def dig(tunnels: Tunnels, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Returns the walls of a new maze, shape (size, size), True where there is one.

    Rooms are joined by a random depth-first walk, which makes long tunnels with few forks; then some walls
    are opened. All rooms can be reached; cells that no room fills stay walls.
    """
    import numpy as np

    walls = np.ones((tunnels.size, tunnels.size), bool)
    pitch = tunnels.width + 1
    num_rooms = (tunnels.size - 1) // pitch
    joined: set[frozenset[Cell]] = set()
    seen = {(0, 0)}
    stack: list[Cell] = [(0, 0)]
    while stack:
        room = stack[-1]
        fresh = [n for n in _neighbors(room, num_rooms) if n not in seen]
        if not fresh:
            stack.pop()
            continue
        following = fresh[int(rng.integers(len(fresh)))]
        joined.add(frozenset((room, following)))
        seen.add(following)
        stack.append(following)
    for room in sorted(seen):
        for other in _neighbors(room, num_rooms):
            pair = frozenset((room, other))
            if room < other and pair not in joined and rng.random() < tunnels.shortcut_rate:
                joined.add(pair)
    for pair in joined:
        (top, left), (bottom, right) = sorted(pair)
        walls[
            1 + top * pitch : 1 + bottom * pitch + tunnels.width,
            1 + left * pitch : 1 + right * pitch + tunnels.width,
        ] = False
    return walls


def _neighbors(room: Cell, num_rooms: int) -> list[Cell]:
    around = ((room[0] + di, room[1] + dj) for di, dj in MOVES)
    return [(i, j) for i, j in around if 0 <= i < num_rooms and 0 <= j < num_rooms]


def layout_digest(walls: NDArray[np.bool_]) -> str:
    """Returns the digest of a layout: two mazes are the same where all their walls are."""
    import numpy as np

    return hashlib.sha256(np.packbits(walls).tobytes()).hexdigest()[:16]


def as_rows(walls: NDArray[np.bool_]) -> list[str]:
    """Returns walls as text, a row each, ``#`` for a wall and ``.`` for none."""
    return ["".join("#" if wall else "." for wall in row) for row in walls.tolist()]


def from_rows(rows: Sequence[str]) -> NDArray[np.bool_]:
    """Returns the walls that `as_rows` wrote."""
    import numpy as np

    return np.array([[character == "#" for character in row] for row in rows])


def search(walls: NDArray[np.bool_], goal: Cell, until: Cell | None = None) -> NDArray[np.uint8]:
    """Returns the breadth-first search from `goal`, shape (rows, columns, 2).

    Channel 0 is the round in which a cell was reached, 0 at the goal; channel 1 the action that leads from it
    to a neighbor of the round before: of several the first in the order up, right, down, left. Both are
    `UNREACHED` where the search did not come; channel 1 at the goal too.

    Args:
        walls: The walls, shape (rows, columns), True where there is one; the border is.
        goal: Where the search begins.
        until: It ends with the whole round that reaches this cell; None for when all are reached.
    """
    import numpy as np

    found = np.full((*walls.shape, 2), UNREACHED, np.uint8)
    rounds, actions = found[..., 0], found[..., 1]
    rounds[goal] = 0
    frontier, number = [goal], 0
    while frontier and (until is None or rounds[until] == UNREACHED):
        number += 1
        following: list[Cell] = []
        for i, j in frontier:
            for di, dj in MOVES:
                cell = (i + di, j + dj)
                if not walls[cell] and rounds[cell] == UNREACHED:
                    rounds[cell] = number
                    following.append(cell)
        for i, j in following:
            actions[i, j] = next(
                a for a, (di, dj) in enumerate(MOVES) if rounds[i + di, j + dj] == number - 1
            )
        frontier = following
    return found
