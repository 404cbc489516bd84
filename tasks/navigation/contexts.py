"""The contexts of the maze tasks: drawn once from a versioned seed, then kept as data."""

from __future__ import annotations

import math

import numpy as np

from ilbench.task import Context
from ilbench.tasks.navigation.mazes import Cell, Maze, load_maze
from ilbench.tasks.navigation.specs import SPLITS, WINDS_N

SEED = 1
"""Enters every draw: another one makes other contexts, hence another version of the task."""

NOISE_M = 0.25
"""Starts and goals are uniform within this distance of a cell's center on each axis, as in the original."""

MAX_MOVES = 14
"""Cells between start and goal at most, so that the horizon suffices; medium has no longer ways."""

HELD_OUT = frozenset({("upper left", "lower right"), ("lower left", "upper right")})
"""Pairs of quarters, start and goal, that only ``shift/unseen-pairs`` has."""


def make_pointmaze_medium() -> dict[str, list[Context]]:
    """Returns the contexts of ``navigation/pointmaze-medium-v1`` by split."""
    return {split.name: _make_split(split.name, split.num_contexts) for split in SPLITS}


def _make_split(name: str, size: int) -> list[Context]:
    if name in WINDS_N:
        drawn = _draw("shift/wind", size, "medium", held_out=False)
        rng = np.random.default_rng([SEED, *b"wind directions"])
        return [{**context, "wind": _wind(WINDS_N[name], rng)} for context in drawn]
    if name == "shift/larger-maze":
        return [{**context, "maze": "large"} for context in _draw(name, size, "large", held_out=None)]
    return _draw(name, size, "medium", held_out=name == "shift/unseen-pairs")


def _draw(purpose: str, size: int, maze_name: str, *, held_out: bool | None) -> list[Context]:
    """Returns `size` starts and goals in different cells, each pair of cells equally likely.

    Args:
        purpose: Enters the seed.
        size: How many.
        maze_name: In which maze.
        held_out: Only pairs of quarters in `HELD_OUT`, only others, or (None) any.
    """
    maze = load_maze(maze_name)
    rng = np.random.default_rng([SEED, *purpose.encode()])
    pairs = [
        (start, goal)
        for goal in maze.cells
        for start, moves in sorted(maze.distances_to(goal).items())
        if 0 < moves <= MAX_MOVES
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
