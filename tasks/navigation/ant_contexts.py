"""The contexts of the ant mazes: drawn once from a versioned seed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice

import numpy as np

from ilbench.contract.task import Context
from ilbench.tasks.navigation import mazes, ogbench_mazes
from ilbench.tasks.navigation.ant_tasks import DRAWN_TEST, TRAIN, VALIDATION
from ilbench.tasks.navigation.cells import Cell, Maze
from ilbench.tasks.navigation.ogbench_mazes import GOALS
from ilbench.tasks.navigation.ogbench_tasks import TEST

SEED = 1
"""Enters every draw: another one makes other contexts, hence another version of the tasks."""

NOISE_M = 1.0
"""Starts and goals are uniform within this distance of a cell's center on each axis, in both originals."""


def _make_antmaze(name: str) -> dict[str, list[Context]]:
    """Returns the contexts of the AntMaze task in the maze of that name, by split."""
    maze = mazes.load_maze(name, 4.0)
    return {
        split.name: _draw(maze, maze, split.num_contexts, _generator(f"{name} {split.name}"))
        for split in (TRAIN, VALIDATION, DRAWN_TEST)
    }


def _make_ogbench(name: str) -> dict[str, list[Context]]:
    """Returns the contexts of OGBench's antmaze of that name, by split."""
    maze, around = ogbench_mazes.load_maze(name), ogbench_mazes.load_maze_around_teleports(name)
    rng = _generator(f"ogbench {name} {TEST.name}")
    return {
        **{
            split.name: _draw(maze, around, split.num_contexts, _generator(f"ogbench {name} {split.name}"))
            for split in (TRAIN, VALIDATION)
        },
        TEST.name: [_context(maze, pair, rng) for pair in islice(cycle(GOALS[name]), TEST.num_contexts)],
    }


make_antmaze_umaze = partial(_make_antmaze, "umaze")
make_antmaze_medium = partial(_make_antmaze, "medium")
make_antmaze_large = partial(_make_antmaze, "large")
make_ogbench_medium = partial(_make_ogbench, "medium")
make_ogbench_large = partial(_make_ogbench, "large")
make_ogbench_teleport = partial(_make_ogbench, "teleport")


def _fresh_antmaze(name: str, rng: np.random.Generator) -> Iterator[Context]:
    maze = mazes.load_maze(name, 4.0)
    while True:
        yield from _draw(maze, maze, 1, rng)


def _fresh_ogbench(name: str, rng: np.random.Generator) -> Iterator[Context]:
    maze = ogbench_mazes.load_maze(name)
    for pair in cycle(GOALS[name]):
        yield _context(maze, pair, rng)


fresh_antmaze_umaze = partial(_fresh_antmaze, "umaze")
fresh_antmaze_medium = partial(_fresh_antmaze, "medium")
fresh_antmaze_large = partial(_fresh_antmaze, "large")
fresh_ogbench_medium = partial(_fresh_ogbench, "medium")
fresh_ogbench_large = partial(_fresh_ogbench, "large")
fresh_ogbench_teleport = partial(_fresh_ogbench, "teleport")


def _generator(purpose: str) -> np.random.Generator:
    return np.random.default_rng([SEED, *f"antmaze {purpose}".encode()])


def _draw(maze: Maze, free: Maze, size: int, rng: np.random.Generator) -> list[Context]:
    """Returns contexts with start and goal in different cells of `free`."""
    cells = free.cells
    pairs = (rng.choice(len(cells), 2, replace=False).tolist() for _ in range(size))
    return [_context(maze, (cells[start], cells[goal]), rng) for start, goal in pairs]


def _context(maze: Maze, pair: tuple[Cell, Cell], rng: np.random.Generator) -> Context:
    start, goal = (np.array(maze.center(cell)) + rng.uniform(-NOISE_M, NOISE_M, 2) for cell in pair)
    return {"start": start.round(4).tolist(), "goal": goal.round(4).tolist()}
