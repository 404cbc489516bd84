"""OGBench's mazes: maps, the five start and goal cells of each, teleports."""

from __future__ import annotations

from functools import cache

from ilbench.tasks.navigation.cells import Cell, Maze, Point

SIDE_M = 4.0
FIRST: Point = (-4.0, -4.0)
"""Center of the cell in row 0, column 0; y grows with the row."""

NOISE_M = 1.0
"""Starts and goals are uniform within this distance of a cell's center on each axis."""

MAPS = {
    "medium": (
        "########",
        "#..##..#",
        "#..#...#",
        "##...###",
        "#..#...#",
        "#.#..#.#",
        "#...#..#",
        "########",
    ),
    "large": (
        "############",
        "#....#.....#",
        "#.##.#.#.#.#",
        "#......#...#",
        "#.####.###.#",
        "#..#.#.....#",
        "##.#.#.#.###",
        "#..#...#...#",
        "############",
    ),
    "teleport": (
        "############",
        "#.....#.#..#",
        "##.#...#..##",
        "##.###.....#",
        "#....#.#.#.#",
        "#.##.#.#.#.#",
        "#.##.#.#.#.#",
        "#....#...#.#",
        "############",
    ),
}
"""By name, a row of cells each; ``#`` is a wall."""

GOALS: dict[str, tuple[tuple[Cell, Cell], ...]] = {
    "medium": (((1, 1), (6, 6)), ((6, 1), (1, 6)), ((5, 3), (4, 2)), ((6, 5), (6, 1)), ((2, 6), (1, 1))),
    "large": (((1, 1), (7, 10)), ((5, 4), (7, 1)), ((7, 4), (1, 10)), ((3, 8), (5, 4)), ((1, 1), (5, 4))),
    "teleport": (
        ((1, 10), (7, 1)),
        ((1, 1), (7, 10)),
        ((5, 6), (7, 10)),
        ((7, 1), (7, 10)),
        ((5, 6), (7, 1)),
    ),
}
"""By maze, the cells of start and goal that are evaluated."""

ENTRANCES: dict[str, tuple[Cell, ...]] = {"teleport": ((4, 6), (5, 1))}
EXITS: dict[str, tuple[Cell, ...]] = {"teleport": ((1, 7), (6, 1), (6, 10))}
"""By maze, the cells in whose middle one is moved away, and those to which one is moved, by chance."""

ENTRANCE_RADIUS_M = 1.5


@cache
def load_maze(name: str) -> Maze:
    """Returns the maze of that name among `MAPS`."""
    return _maze(name, frozenset())


@cache
def load_maze_around_teleports(name: str) -> Maze:
    """Returns the maze in which every entrance of a teleport is a wall."""
    return _maze(name, frozenset(ENTRANCES.get(name, ())))


def _maze(name: str, closed: frozenset[Cell]) -> Maze:
    walls = tuple(
        tuple(character == "#" or (i, j) in closed for j, character in enumerate(row))
        for i, row in enumerate(MAPS[name])
    )
    return Maze(name, walls, FIRST, SIDE_M, rows_go=1)
