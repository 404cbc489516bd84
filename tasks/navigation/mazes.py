"""The mazes of gymnasium-robotics: as cells, and as compiled models."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import mujoco

from ilbench.contract.environment import silenced
from ilbench.tasks.navigation.cells import Maze

with silenced():  # it warns of environments that are not ours
    import gymnasium_robotics
    from gymnasium_robotics.envs.maze import maps, maze_v4

MAPS = {"umaze": maps.U_MAZE, "medium": maps.MEDIUM_MAZE, "large": maps.LARGE_MAZE}
"""The maps that our tasks use, by name: 1 is a wall."""

POINT_XML = Path(gymnasium_robotics.__file__).parent / "envs" / "assets" / "point" / "point.xml"


@cache
def load_maze(name: str, side_m: float = 1.0) -> Maze:
    """Returns the maze of that name among `MAPS`, centered on the origin."""
    walls = tuple(tuple(cell == 1 for cell in row) for row in MAPS[name])
    return Maze(name, walls, ((0.5 - len(walls[0]) / 2) * side_m, (len(walls) / 2 - 0.5) * side_m), side_m)


def load_model(name: str, *, body: Path = POINT_XML, side_m: float = 1.0, wall_height: float = 0.4) -> Any:
    """Returns the MuJoCo model that gymnasium-robotics builds for a maze of `MAPS`.

    Args:
        name: Of the maze.
        body: The model of what moves in it; by default PointMaze's ball.
        side_m: Side of a cell.
        wall_height: In sides of a cell.
    """
    with _temporary_folder():
        _, path = maze_v4.Maze.make_maze(str(body), MAPS[name], side_m, wall_height)
        return mujoco.MjModel.from_xml_path(path)


@contextmanager
def _temporary_folder() -> Iterator[None]:
    """Makes `tempfile` use a folder of its own, removed at the end.

    gymnasium-robotics writes the model beside the temporary folders, under a name made of the clock,
    and leaves it there: two workers could meet in one name, and every environment leaves a file.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before
