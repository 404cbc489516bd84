"""Data as OGBench records them in its point mazes: long ways to one goal after another, or short ones.

The recipe is that of its recorder: an oracle that always goes to the center of the next cell, with Gaussian
noise on every action. ``navigate`` draws a new goal wherever one is reached, among the cells that are no mere
corridor; ``stitch`` has one goal four cells away and stays there. What comes out is read by the format
``ogbench`` as OGBench's own files are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ilbench.tasks.navigation.cells import Cell, Maze, Point
from ilbench.tasks.navigation.ogbench_contexts import is_corridor
from ilbench.tasks.navigation.ogbench_mazes import NOISE_M, load_maze
from ilbench.tasks.navigation.ogbench_point import OgbenchPoint
from ilbench.tasks.navigation.ogbench_tasks import STITCH_MOVES

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = 0.5
"""Standard deviation of the noise on each action."""


class Size(NamedTuple):
    """How much is recorded: OGBench's million transitions."""

    num_trajectories: int
    num_steps: int


SIZES = {"navigate": Size(1000, 1000), "stitch": Size(5000, 200)}
"""By kind, what OGBench's data have."""


def record(
    maze: str,
    kind: str,
    size: Size,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Returns recorded data in OGBench's layout, the trajectories one after the other.

    Args:
        maze: A name in `ogbench_mazes.MAPS`.
        kind: ``"navigate"`` or ``"stitch"``.
        size: How much.
        seed: Of all that is random.
        progress: Called as ``progress(done, total)`` after each trajectory.

    Returns:
        ``observations`` and ``actions``, float32 of shape (N, 2), with ``num_steps + 1`` rows a trajectory,
        ``terminals``, bool of shape (N,), true in the last of them, and ``qpos`` and ``qvel`` as OGBench has
        them: position, and the velocity that its walls gave, here zero.
    """
    env, cells, rng = OgbenchPoint(maze), load_maze(maze), np.random.default_rng(seed)
    corners = [cell for cell in cells.cells if not is_corridor(cells, cell)]
    places = np.empty((size.num_trajectories, size.num_steps + 1, 2), np.float32)
    actions = np.empty_like(places)
    for index in range(size.num_trajectories):
        start = cells.cells[int(rng.integers(len(cells.cells)))]
        goals = corners
        if kind == "stitch":
            goals = [c for c, moves in sorted(cells.distances_to(start).items()) if moves == STITCH_MOVES]
        places[index], actions[index] = _trajectory(env, cells, start, goals or [start], kind, size, rng)
        if progress is not None:
            progress(index + 1, size.num_trajectories)
    terminals = np.zeros(places.shape[:2], bool)
    terminals[:, -1] = True
    flat = places.reshape(-1, 2)
    return {
        "observations": flat,
        "actions": actions.reshape(-1, 2),
        "terminals": terminals.ravel(),
        "qpos": flat,
        "qvel": np.zeros_like(flat),
    }


def _trajectory(
    env: OgbenchPoint,
    maze: Maze,
    start: Cell,
    goals: list[Cell],
    kind: str,
    size: Size,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns the positions and the actions of one trajectory, each of shape (num_steps + 1, 2)."""
    cell, goal = _goal(maze, goals, rng)
    context = {"start": _near(maze, start, rng), "goal": goal}
    observation, _ = env.reset(seed=int(rng.integers(2**31)), options={"context": context})
    following: Mapping[Cell, Cell] = maze.next_cells_to(cell)
    noise = rng.normal(0.0, NOISE, (size.num_steps + 1, 2))
    places, actions = [], []
    for shaken in noise.tolist():
        x, y = observation["state"].tolist()
        to_x, to_y = maze.center(following[maze.cell_at(x, y)])
        distance = math.hypot(to_x - x, to_y - y) + 1e-6
        wanted = (to_x - x) / distance + shaken[0], (to_y - y) / distance + shaken[1]
        action = np.clip(np.array(wanted, np.float32), -1.0, 1.0)
        places.append(observation["state"])
        actions.append(action)
        observation, _, reached, _, _ = env.step(action)
        if reached and kind == "navigate":
            cell, goal = _goal(maze, goals, rng)
            env.set_goal(goal)
            following = maze.next_cells_to(cell)
    return np.stack(places), np.stack(actions)


def _goal(maze: Maze, cells: list[Cell], rng: np.random.Generator) -> tuple[Cell, Point]:
    cell = cells[int(rng.integers(len(cells)))]
    return cell, _near(maze, cell, rng)


def _near(maze: Maze, cell: Cell, rng: np.random.Generator) -> Point:
    x, y = (np.array(maze.center(cell)) + rng.uniform(-NOISE_M, NOISE_M, 2)).tolist()
    return x, y
