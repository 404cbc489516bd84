"""Stitching: how many demonstrations have to be put together to get from one cell to another.

After Ghugare et al., "Closing the Gap between TD Learning and Supervised Learning", ICLR 2024 (arXiv
2401.11237): start and goal both occur in the demonstrations, but in none of them one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from ilbench.tasks.navigation.cells import Cell, Maze

if TYPE_CHECKING:
    from ilbench.demonstrations.trajectory import Trajectory


def cells_of(trajectory: Trajectory, maze: Maze) -> list[Cell]:
    """Returns the cells that a trajectory passes, in order; its ``state`` begins with x and y."""
    places = trajectory.observations["state"][:, :2].tolist()
    return [cell for cell, _ in groupby(maze.cell_at(x, y) for x, y in places)]


def reached_from(ways: Iterable[list[Cell]]) -> dict[Cell, set[Cell]]:
    """Returns, by cell, the cells that some way passes after it."""
    reached: dict[Cell, set[Cell]] = {}
    for way in ways:
        after: set[Cell] = set()
        for cell in reversed(way):
            reached.setdefault(cell, set()).update(after - {cell})
            after.add(cell)
    return reached


def chains(reached: Mapping[Cell, set[Cell]]) -> dict[int, list[tuple[Cell, Cell]]]:
    """Returns the pairs (start, goal) by the least number of ways that, put together, join them.

    One way is put to another in a cell that both pass. Pairs that no chain joins are left out.
    """
    found: dict[int, list[tuple[Cell, Cell]]] = {}
    for start in sorted(reached):
        known, frontier, number = {start}, {start}, 0
        while frontier:
            number += 1
            frontier = {goal for cell in frontier for goal in reached.get(cell, ())} - known
            known |= frontier
            if frontier:
                found.setdefault(number, []).extend((start, goal) for goal in sorted(frontier))
    return found
