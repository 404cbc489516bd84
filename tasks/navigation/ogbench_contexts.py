"""The contexts of OGBench's point mazes: drawn once from a versioned seed; stitched pairs from the data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import cycle, islice

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.contract.task import Context
from ilbench.demonstrations import generate, make_recipe
from ilbench.errors import InvalidTaskError
from ilbench.tasks.navigation.cells import Cell, Maze
from ilbench.tasks.navigation.ogbench_mazes import (
    GOALS,
    NOISE_M,
    load_maze,
    load_maze_around_teleports,
)
from ilbench.tasks.navigation.ogbench_tasks import STITCH_MOVES, splits_of
from ilbench.tasks.navigation.stitching import cells_of, chains, reached_from

SEED = 1
"""Enters every draw: another one makes other contexts, hence another version of the tasks."""


def _make(maze: str, kind: str) -> dict[str, list[Context]]:
    """Returns the contexts of a task by split.

    The stitched ones follow from the standard demonstrations, which follow from the ``train`` contexts on
    file: while those are not the ones drawn here, only the others are returned. So a new task's contexts are
    written twice.
    """
    task_id = f"navigation/ogbench-pointmaze-{maze}-{kind}-v1"
    made: dict[str, list[Context]] = {}
    for split in splits_of(maze, kind):
        rng = np.random.default_rng([SEED, *f"{task_id} {split.name}".encode()])
        if split.name == "test":
            pairs = list(islice(cycle(GOALS[maze]), split.num_contexts))
        elif split.name in ("train", "validation"):
            pairs = _drawn(_pairs(maze, kind), split.num_contexts, rng)
        elif _is_on_file(task_id, made["train"]):
            pairs = _drawn(_chained(task_id, maze)[int(split.name[-1])], split.num_contexts, rng)
        else:
            continue
        made[split.name] = [_context(load_maze(maze), pair, rng) for pair in pairs]
    return made


make_medium_navigate = partial(_make, "medium", "navigate")
make_medium_stitch = partial(_make, "medium", "stitch")
make_large_navigate = partial(_make, "large", "navigate")
make_large_stitch = partial(_make, "large", "stitch")
make_teleport_navigate = partial(_make, "teleport", "navigate")
make_teleport_stitch = partial(_make, "teleport", "stitch")


def _fresh(maze: str, rng: np.random.Generator) -> Iterator[Context]:
    for pair in cycle(GOALS[maze]):
        yield _context(load_maze(maze), pair, rng)


fresh_medium = partial(_fresh, "medium")
fresh_large = partial(_fresh, "large")
fresh_teleport = partial(_fresh, "teleport")


def _pairs(maze: str, kind: str) -> list[tuple[Cell, Cell]]:
    """Returns the cells of start and goal that demonstrations may have, without those of ``test``."""
    cells, around = load_maze(maze), load_maze_around_teleports(maze)
    return [
        (start, goal)
        for goal in around.cells
        for start, moves in sorted(around.distances_to(goal).items())
        if (start, goal) not in GOALS[maze]
        and (moves == STITCH_MOVES if kind == "stitch" else moves > 0 and not is_corridor(cells, goal))
    ]


def is_corridor(maze: Maze, cell: Cell) -> bool:
    """Returns whether one can only go on or back in a cell, straight."""
    i, j = cell
    up, down, left, right = (maze.walls[a][b] for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)))
    return (up, down, left, right) in ((False, False, True, True), (True, True, False, False))


def _is_on_file(task_id: str, train: list[Context]) -> bool:
    """Returns whether the train contexts that the task ships are these."""
    try:
        return list(find_task(task_id).contexts("train")) == train
    except InvalidTaskError:
        return False


@cache
def _chained(task_id: str, maze: str) -> dict[int, list[tuple[Cell, Cell]]]:
    """Returns the pairs of cells by how many standard demonstrations lead from one to the other."""
    task = find_task(task_id)
    ways = (
        cells_of(trajectory, load_maze(maze)) for trajectory in generate(task, make_recipe(task), workers=1)
    )
    return chains(reached_from(ways))


def _drawn(pairs: list[tuple[Cell, Cell]], size: int, rng: np.random.Generator) -> list[tuple[Cell, Cell]]:
    """Returns pairs, each as often as any other but for one time, in random order."""
    return [pairs[k % len(pairs)] for k in rng.permutation(-(-size // len(pairs)) * len(pairs))[:size]]


def _context(maze: Maze, pair: tuple[Cell, Cell], rng: np.random.Generator) -> Context:
    start, goal = (np.array(maze.center(cell)) + rng.uniform(-NOISE_M, NOISE_M, 2) for cell in pair)
    return {"start": start.round(4).tolist(), "goal": goal.round(4).tolist()}
