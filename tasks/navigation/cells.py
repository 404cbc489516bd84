"""A maze of square cells in the plane: where its cells are, and shortest ways between them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]
"""Row and column, counted from the corner that ``Maze.first`` is in."""

Point: TypeAlias = tuple[float, float]
"""x and y in meters."""


@dataclass(frozen=True, slots=True)
class Maze:
    """A maze of square cells.

    Attributes:
        name: Its name.
        walls: For each row, whether each of its cells is a wall; the border is.
        first: Center of the cell in row 0, column 0.
        side_m: Side of a cell.
        rows_go: 1 where y grows with the row, -1 where it falls.
    """

    name: str
    walls: tuple[tuple[bool, ...], ...]
    first: Point
    side_m: float = 1.0
    rows_go: int = -1

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are no walls, row by row."""
        return tuple((i, j) for i, row in enumerate(self.walls) for j, wall in enumerate(row) if not wall)

    @property
    def wall_centers(self) -> tuple[Point, ...]:
        """The centers of the walls, row by row."""
        return tuple(
            self.center((i, j)) for i, row in enumerate(self.walls) for j, wall in enumerate(row) if wall
        )

    def center(self, cell: Cell) -> Point:
        """Returns the center of a cell."""
        return self.first[0] + cell[1] * self.side_m, self.first[1] + self.rows_go * cell[0] * self.side_m

    def cell_at(self, x: float, y: float) -> Cell:
        """Returns the cell that holds a point inside the maze."""
        row = self.rows_go * (y - self.first[1]) / self.side_m + 0.5
        return int(row), int((x - self.first[0]) / self.side_m + 0.5)

    def free_cell_at(self, x: float, y: float) -> Cell:
        """Returns the free cell that holds a point, or that whose center is nearest to it."""
        row, column = self.cell_at(x, y)
        if 0 <= row < len(self.walls) and 0 <= column < len(self.walls[0]) and not self.walls[row][column]:
            return row, column
        return min(self.cells, key=lambda cell: math.dist((x, y), self.center(cell)))

    def distances_to(self, target: Cell) -> dict[Cell, int]:
        """Returns the number of moves to `target` from every cell that can reach it."""
        distances = {target: 0}
        queue = deque([target])
        while queue:
            cell = queue.popleft()
            for neighbor in self._neighbors(cell):
                if neighbor not in distances:
                    distances[neighbor] = distances[cell] + 1
                    queue.append(neighbor)
        return distances

    def next_cells_to(self, target: Cell) -> dict[Cell, Cell]:
        """Returns the next cell on a shortest way to `target`, by cell; `target` leads to itself.

        Of two equally short ways the one whose next cell comes first (up, down, left, right) is taken,
        always: a demonstrator that follows this table is a function of place and goal.
        """
        distances = self.distances_to(target)
        following = {target: target}
        for cell, distance in distances.items():
            if distance > 0:
                following[cell] = next(n for n in self._neighbors(cell) if distances[n] == distance - 1)
        return following

    def _neighbors(self, cell: Cell) -> Iterator[Cell]:
        i, j = cell
        for neighbor in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if not self.walls[neighbor[0]][neighbor[1]]:
                yield neighbor
