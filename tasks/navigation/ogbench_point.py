"""OGBench's point mazes: a disk that is pushed a fifth of a meter a step (pointmaze-*-v0, faster)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
from numpy.typing import NDArray

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera
from ilbench.tasks.navigation.cells import Maze, Point
from ilbench.tasks.navigation.ogbench_mazes import (
    ENTRANCE_RADIUS_M,
    ENTRANCES,
    EXITS,
    SIDE_M,
    load_maze,
)
from ilbench.tasks.navigation.ogbench_tasks import POINT_FIELDS

GOAL_RADIUS_M = 1.0
STEP_M = 0.2
RADIUS_M = 0.7
NUM_SUBSTEPS = 5
INTEGRATION = int(mujoco.mjtState.mjSTATE_INTEGRATION)

CLEAR_M = SIDE_M / 2 - RADIUS_M - 0.01
"""Within this distance of its cell's center, on an axis, nothing touches a wall in that direction."""

HEADER = """
<mujoco>
  <compiler inertiafromgeom="true"/>
  <option timestep="0.02" integrator="RK4"/>
  <visual><global offwidth="480" offheight="480"/></visual>
  <default><geom condim="3" conaffinity="0" friction="1 0.5 0.5" density="100"/></default>
  <worldbody>
    <light directional="true" pos="0 0 1.3" dir="0 0 -1.3" diffuse="1 1 1"/>
    <geom type="plane" conaffinity="1" pos="{x} {y} 0" size="{half_x} {half_y} .2" rgba=".3 .35 .4 1"/>
    <body>
      <geom type="sphere" size="{radius}" pos="0 0 {radius}" rgba=".7 .5 .3 1"/>
      <joint type="slide" axis="1 0 0" damping="0"/>
      <joint type="slide" axis="0 1 0" damping="0"/>
    </body>
    <site name="target" type="cylinder" size=".5 .05" rgba=".96 .26 .33 1"/>
"""
WALL = '<geom type="box" contype="1" conaffinity="1" pos="{x} {y} 1" size="2 2 1"/>'
TELEPORT = '<site type="cylinder" size="1 .05" pos="{x} {y} .05" rgba="{color} 1"/>'


class OgbenchPoint(TaskEnv):
    """The disk in the maze; position, reward and success of OGBench's pointmaze, bit for bit.

    A context is ``{"start": [x, y], "goal": [x, y]}`` in meters. It says everything, but for the exit that a
    teleport leads to, which is drawn from the seed of `reset`.

    The reward is 1 within 1 m of the goal, else 0; reaching the goal terminates the episode.

    Args:
        maze: A name in `ogbench_mazes.MAPS`.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        maze: Its name.
        num_teleports: How often the present episode has taken a teleport.
    """

    num_teleports: int

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, maze: str, render_mode: str | None = None) -> None:
        self.maze = maze
        self.render_mode = render_mode
        self.observation_space = observation_space(POINT_FIELDS)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self._map = load_maze(maze)
        self._entrances = [self._map.center(cell) for cell in ENTRANCES.get(maze, ())]
        self._exits = [self._map.center(cell) for cell in EXITS.get(maze, ())]
        self._model: Any = mujoco.MjModel.from_xml_string(_xml(self._map, self._entrances, self._exits))
        self._data: Any = mujoco.MjData(self._model)
        self._picture: MujocoPicture | None = None

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Puts the disk on the context's start."""
        super().reset(seed=seed)
        context = context_from(options)
        mujoco.mj_resetData(self._model, self._data)
        self.num_teleports = 0
        self._goal: Point = (float(context["goal"][0]), float(context["goal"][1]))
        self._x, self._y = map(float, context["start"])
        return self._observe(), {"success": self._is_at_goal(), "mode": None}

    def set_goal(self, goal: Point) -> None:
        """Sets another goal, in meters, within the episode: what OGBench's recorders do."""
        self._goal = goal

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the disk by the action and lets the walls push it back for 0.1 s.

        Away from walls the physics would find nothing to do, for the velocity is set to zero before; it is
        then left out, to the same bits.
        """
        dx, dy = (STEP_M * action).tolist()
        self._x, self._y = self._x + dx, self._y + dy
        if self._may_touch():
            self._data.qpos[:] = self._x, self._y
            self._data.qvel[:] = 0.0
            mujoco.mj_step(self._model, self._data, NUM_SUBSTEPS)
            self._x, self._y = self._data.qpos.tolist()
        else:
            self._data.qacc_warmstart[:] = 0.0
        success = self._is_at_goal()
        self._teleport()
        return self._observe(), float(success), success, False, {"success": success, "mode": None}

    def state(self) -> NDArray[np.float64]:
        """Returns position, goal, what the contact solver remembers, and how often a teleport was taken."""
        memory = self._data.qacc_warmstart
        return np.array([self._x, self._y, *self._goal, *memory, self.num_teleports], np.float64)

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) from above, the goal in red, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        rows, columns = len(self._map.walls), len(self._map.walls[0])
        if self._picture is None:
            x, y = 2.0 * (columns - 3), 2.0 * (rows - 3)
            self._picture = MujocoPicture(free_camera((x, y, 0.0), 5.0 * columns, 90.0, -90.0))
        self._data.qpos[:] = self._x, self._y
        self._model.site("target").pos[:] = (*self._goal, 0.05)
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        return self._picture.draw(self._model, self._data)

    def close(self) -> None:
        """Frees the renderer."""
        if self._picture is not None:
            self._picture.close()

    def _may_touch(self) -> bool:
        """Returns whether the disk may touch a wall; it says yes too often rather than too seldom."""
        row, column = self._map.cell_at(self._x, self._y)
        x, y = self._map.center((row, column))
        side = (self._x > x + CLEAR_M) - (self._x < x - CLEAR_M)
        end = (self._y > y + CLEAR_M) - (self._y < y - CLEAR_M)
        walls = self._map.walls
        return walls[row][column] or (
            bool(side or end)
            and (walls[row][column + side] or walls[row + end][column] or walls[row + end][column + side])
        )

    def _teleport(self) -> None:
        for x, y in self._entrances:
            if math.hypot(self._x - x, self._y - y) <= ENTRANCE_RADIUS_M:
                self._x, self._y = self._exits[int(self.np_random.integers(len(self._exits)))]
                self.num_teleports += 1
                return

    def _is_at_goal(self) -> bool:
        dx, dy = self._x - self._goal[0], self._y - self._goal[1]
        return math.sqrt(dx * dx + dy * dy) <= GOAL_RADIUS_M

    def _observe(self) -> dict[str, NDArray[Any]]:
        return {"state": np.array((self._x, self._y), np.float32), "goal": np.array(self._goal, np.float32)}


def _xml(maze: Maze, entrances: list[Point], exits: list[Point]) -> str:
    """Returns the model as MuJoCo's XML: disk and walls with OGBench's sizes, masses and frictions."""
    rows, columns = len(maze.walls), len(maze.walls[0])
    parts = [
        HEADER.format(
            x=2 * (columns - 3), y=2 * (rows - 3), half_x=2 * columns, half_y=2 * rows, radius=RADIUS_M
        ),
        *(WALL.format(x=x, y=y) for x, y in maze.wall_centers),
        *(TELEPORT.format(x=x, y=y, color=".1 .1 .3") for x, y in entrances),
        *(TELEPORT.format(x=x, y=y, color=".6 .8 1") for x, y in exits),
        "</worldbody></mujoco>",
    ]
    return "".join(parts)
