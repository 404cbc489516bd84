"""The contexts of the maze tasks: drawn once from a versioned seed, then kept as data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from ilbench.contract.task import Context
from ilbench.tasks.navigation.cells import Cell, Maze
from ilbench.tasks.navigation.mazes import load_maze
from ilbench.tasks.navigation.pointmaze_tasks import MAZES, WINDS_N, splits_of

SEED = 1
"""Enters every draw: another one makes other contexts, hence another version of the task."""

AT_ONCE = 64
"""Fresh contexts that are drawn at a time: all pairs of cells are listed for each draw."""

NOISE_M = 0.25
"""Starts and goals are uniform within this distance of a cell's center on each axis, as in the original."""

HELD_OUT = frozenset({("upper left", "lower right"), ("lower left", "upper right")})
"""Pairs of quarters, start and goal, that only ``shift/unseen-pairs`` has."""


def _make(name: str) -> dict[str, list[Context]]:
    """Returns the contexts of the PointMaze task in the maze of that name, by split."""
    return {split.name: _make_split(name, split.name, split.num_contexts) for split in splits_of(name)}


make_pointmaze_umaze = partial(_make, "umaze")
make_pointmaze_medium = partial(_make, "medium")
make_pointmaze_large = partial(_make, "large")


def _fresh(name: str, rng: np.random.Generator) -> Iterator[Context]:
    while True:
        yield from _draw(rng, AT_ONCE, name, MAZES[name].max_moves, held_out=False)


fresh_pointmaze_umaze = partial(_fresh, "umaze")
fresh_pointmaze_medium = partial(_fresh, "medium")
fresh_pointmaze_large = partial(_fresh, "large")


def _make_split(maze: str, name: str, size: int) -> list[Context]:
    row, rng = MAZES[maze], _generator(maze, name)
    if name in WINDS_N:
        drawn = _draw(_generator(maze, "shift/wind"), size, maze, row.max_moves, held_out=False)
        directions = _generator(maze, "wind directions")
        return [{**context, "wind": _wind(WINDS_N[name], directions)} for context in drawn]
    if name == "shift/larger-maze" and row.larger is not None:
        drawn = _draw(rng, size, row.larger, row.max_moves, held_out=None)
        return [{**context, "maze": row.larger} for context in drawn]
    return _draw(rng, size, maze, row.max_moves, held_out=name == "shift/unseen-pairs")


def _generator(maze: str, purpose: str) -> np.random.Generator:
    """Returns the generator of a split; the medium maze, which was the first, goes by the split alone."""
    return np.random.default_rng([SEED, *(purpose if maze == "medium" else f"{maze} {purpose}").encode()])


def _draw(
    rng: np.random.Generator, size: int, maze_name: str, max_moves: int, *, held_out: bool | None
) -> list[Context]:
    """Returns `size` starts and goals in different cells, each pair of cells equally likely.

    Args:
        rng: Where the draws come from.
        size: How many.
        maze_name: In which maze.
        max_moves: Cells between start and goal at most.
        held_out: Only pairs of quarters in `HELD_OUT`, only others, or (None) any.
    """
    maze = load_maze(maze_name)
    pairs = [
        (start, goal)
        for goal in maze.cells
        for start, moves in sorted(maze.distances_to(goal).items())
        if 0 < moves <= max_moves
        and held_out in (None, (quarter(maze, start), quarter(maze, goal)) in HELD_OUT)
    ]
    chosen = (pairs[k] for k in rng.integers(len(pairs), size=size))
    return [{"start": _near(maze, start, rng), "goal": _near(maze, goal, rng)} for start, goal in chosen]


def quarter(maze: Maze, cell: Cell) -> str:
    """Returns the quarter of the maze that holds a cell, such as ``"upper left"``."""
    x, y = maze.center(cell)
    return f"{'upper' if y > 0 else 'lower'} {'left' if x < 0 else 'right'}"


def _near(maze: Maze, cell: Cell, rng: np.random.Generator) -> list[float]:
    center = np.array(maze.center(cell))
    noise: list[float] = (center + rng.uniform(-NOISE_M, NOISE_M, 2)).round(4).tolist()
    return noise


def _wind(force_n: float, rng: np.random.Generator) -> list[float]:
    angle = rng.uniform(0.0, 2 * math.pi)
    return [round(force_n * math.cos(angle), 3), round(force_n * math.sin(angle), 3)]
