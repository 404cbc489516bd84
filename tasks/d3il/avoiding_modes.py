"""The 24 ways through the field of six cylinders: which side of each row the rod passes."""

from __future__ import annotations

from collections.abc import Sequence

ROWS = ((0,), (1, 2), (3, 4, 5))
"""Obstacle indexes of the three rows, from near to far, each from left (small x) to right."""

ROW_SIDES = (("left", "right"), ("left", "middle", "right"), ("far-left", "left", "right", "far-right"))
"""What the passages of each row are called; a row of k cylinders has k + 1."""

MODES = tuple(f"{a}/{b}/{c}" for a in ROW_SIDES[0] for b in ROW_SIDES[1] for c in ROW_SIDES[2])
"""Names of the modes, by index: ``12 * first + 4 * second + third`` passage."""

BAND_M = 0.03
"""Half width in y of the band around rows 1 and 2 in which the side is decided."""

Passages = tuple[int, int, int]
"""Which passage of each row, counted from the left."""


def passages_of(mode: int) -> Passages:
    """Returns the passages (first, second, third row) that a mode index in [0, 24) stands for."""
    return mode // 12, mode // 4 % 3, mode % 4


class ModeTracker:
    """Decides the mode while the rod moves, from its measured position at every control step.

    As in D3IL, the side of rows 1 and 2 is the rod's x at the first control step within 30 mm of the
    row, and that of row 3 its x at the first control step level with the row or beyond. A side once
    decided stays, whatever the rod does afterwards.

    Departure: a rod that jumps over the whole band of row 1 or 2 within a control step leaves that
    row undecided in D3IL, a code outside the 24. Here the side is then where the straight line between
    the two positions crosses the row.

    Args:
        obstacles: Cylinder axes in m, shape (6, 2), in the order of `ROWS`; the cylinders of a row
            share their y.
    """

    __slots__ = ("_next", "_passages", "_rows", "_x", "_y", "mode")

    def __init__(self, obstacles: Sequence[Sequence[float]]) -> None:
        self._rows = tuple(
            (obstacles[row[0]][1], tuple(obstacles[index][0] for index in row)) for row in ROWS
        )
        self.reset(0.0, 0.0)

    def reset(self, x: float, y: float) -> None:
        """Forgets all decisions; the rod is at (x, y)."""
        self._x, self._y = x, y
        self._next = 0
        self._passages: list[int] = []
        self.mode: int | None = None

    def update(self, x: float, y: float) -> None:
        """Takes in the position (x, y) after a control step; `mode` is set once all rows are decided."""
        while self._next < len(self._rows):
            row_y, obstacle_xs = self._rows[self._next]
            is_last = self._next == len(self._rows) - 1
            if y < (row_y if is_last else row_y - BAND_M):
                break
            jumped = not is_last and y > row_y + BAND_M and self._y < row_y
            side_x = self._x + (x - self._x) * (row_y - self._y) / (y - self._y) if jumped else x
            self._passages.append(sum(side_x >= obstacle_x for obstacle_x in obstacle_xs))
            self._next += 1
            if is_last:
                first, second, third = self._passages
                self.mode = 12 * first + 4 * second + third
        self._x, self._y = x, y
