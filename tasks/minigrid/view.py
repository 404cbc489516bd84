"""What the agent sees, computed from an array of cells: minigrid's own view bit for bit, ten times as fast.

minigrid builds each view from grids of objects that it cuts out, rotates and encodes cell by cell. Here every
cell of the grid is one number, kept up to date at the one place that an action can change, the cell before
the agent; a view is then a table look-up, and which cells are seen depends on nothing but which of the 49
block the sight.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.environment import silenced

with silenced():  # pygame greets
    from minigrid.core.constants import COLOR_TO_IDX, IDX_TO_COLOR, IDX_TO_OBJECT, OBJECT_TO_IDX
    from minigrid.core.grid import Grid
    from minigrid.core.world_object import WorldObj

SIZE = 7
MARGIN = SIZE - 1
NUM_COLORS, NUM_STATES = 6, 3
EMPTY: int = OBJECT_TO_IDX["empty"] * NUM_COLORS * NUM_STATES
WALL = OBJECT_TO_IDX["wall"] * NUM_COLORS * NUM_STATES + COLOR_TO_IDX["grey"] * NUM_STATES
AGENT = (SIZE // 2) * SIZE + SIZE - 1
"""Place of the agent among the 49 cells, which are in the order of ``image[column, row]``."""

DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))
SPREAD = (*((c, c + 1) for c in range(SIZE - 1)), *((c, c - 1) for c in range(SIZE - 1, 0, -1)))
"""Columns of a row in the order in which the sight spreads, each with the one that it spreads to."""

TILE = 8
"""Pixels of a cell in a picture of the view."""

TRIPLES = np.array(
    [
        (kind, color, state)
        for kind in range(max(IDX_TO_OBJECT) + 1)
        for color in range(NUM_COLORS)
        for state in range(NUM_STATES)
    ],
    dtype=np.uint8,
)
OPAQUE = (TRIPLES[:, 0] == OBJECT_TO_IDX["wall"]) | (
    (TRIPLES[:, 0] == OBJECT_TO_IDX["door"]) & (TRIPLES[:, 2] != 0)
)


class Sight:
    """The cells of a level as numbers, and the view of its agent.

    Args:
        level: A level of minigrid, just generated.
    """

    def __init__(self, level: Any) -> None:
        self._stride = level.height + 2 * MARGIN
        cells = np.full((level.width + 2 * MARGIN, self._stride), WALL, dtype=np.uint8)
        codes = [code_of(cell) for cell in level.grid.grid]
        inside = np.array(codes, dtype=np.uint8).reshape(level.height, level.width).T
        cells[MARGIN : MARGIN + level.width, MARGIN : MARGIN + level.height] = inside
        self._cells = cells.ravel()
        self._grid = level.grid
        self._offsets = offsets(self._stride)

    def look(self, x: int, y: int, direction: int, carried: WorldObj | None) -> NDArray[np.uint8]:
        """Returns the numbers of the 49 cells in view, 0 where the sight is blocked, shape (49,).

        Whatever the last action did to the cell before the agent is taken in first.
        """
        dx, dy = DIRECTIONS[direction]
        place = (x + MARGIN) * self._stride + y + MARGIN
        front = self._grid.grid[(y + dy) * self._grid.width + x + dx]
        self._cells[place + dx * self._stride + dy] = code_of(front)
        codes: NDArray[np.uint8] = self._cells.take(self._offsets[direction] + place)
        codes *= visible(OPAQUE.take(codes).tobytes())
        codes[AGENT] = EMPTY if carried is None else code_of(carried)
        return codes


def code_of(cell: WorldObj | None) -> int:
    """Returns the number of a cell, which names its kind, color and state."""
    if cell is None:
        return EMPTY
    kind, color, state = cell.encode()
    return int((kind * NUM_COLORS + color) * NUM_STATES + state)


def symbols(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns kind, color and state of the cells in view, shape (7, 7, 3): minigrid's own encoding."""
    return TRIPLES.take(codes, axis=0).reshape(SIZE, SIZE, 3)


def picture(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the view as minigrid draws it, shape (56, 56, 3), rows first, the agent at the bottom."""
    drawn = np.empty((SIZE, TILE, SIZE, TILE, 3), dtype=np.uint8)
    for place, code in enumerate(codes.tolist()):
        drawn[place % SIZE, :, place // SIZE] = tile(code, place == AGENT)
    return drawn.reshape(SIZE * TILE, SIZE * TILE, 3)


@cache
def tile(code: int, agent: bool) -> NDArray[np.uint8]:
    """Returns one drawn cell, shape (8, 8, 3); where the agent stands, with it and what it carries."""
    kind, color, state = TRIPLES[code].tolist()
    cell = None
    if IDX_TO_OBJECT[kind] not in ("unseen", "empty"):
        cell = WorldObj.decode(kind, color, state)
        if IDX_TO_OBJECT[kind] == "goal":
            cell.color = IDX_TO_COLOR[color]  # decoding makes all goals green
    drawn: NDArray[np.uint8] = Grid.render_tile(
        cell, agent_dir=3 if agent else None, highlight=code != 0, tile_size=TILE
    )
    return drawn


@cache
def offsets(stride: int) -> tuple[NDArray[np.intp], ...]:
    """Returns for each direction where the 49 cells in view lie, relative to the agent's."""
    tables = []
    for dx, dy in DIRECTIONS:
        right_x, right_y = -dy, dx
        table = np.empty((SIZE, SIZE), dtype=np.intp)
        for column in range(SIZE):
            for row in range(SIZE):
                ahead, aside = SIZE - 1 - row, column - SIZE // 2
                table[column, row] = (dx * ahead + right_x * aside) * stride + dy * ahead + right_y * aside
        tables.append(table.ravel())
    return tuple(tables)


@lru_cache(maxsize=1 << 16)
def visible(blocks: bytes) -> NDArray[np.uint8]:
    """Returns 1 for each of the 49 cells that is seen, else 0, shape (49,), read-only.

    Sight spreads from the agent to the cells beside it and to those ahead, row by row, as minigrid has it.

    Args:
        blocks: For each cell, 1 if the sight ends there, else 0.
    """
    seen = np.zeros((SIZE, SIZE), dtype=np.uint8)
    seen[SIZE // 2, SIZE - 1] = 1
    for row in reversed(range(SIZE)):
        for column, aside in SPREAD:
            if seen[column, row] and not blocks[column * SIZE + row]:
                seen[aside, row] = 1
                if row:
                    seen[aside, row - 1] = seen[column, row - 1] = 1
    seen.flags.writeable = False
    return seen.ravel()
