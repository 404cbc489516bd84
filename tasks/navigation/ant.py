"""The ant in mazes: gymnasium-robotics' AntMaze-v5, and OGBench's antmaze with its own joints and times."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
from gymnasium.envs import mujoco as gymnasium_mujoco
from numpy.typing import NDArray

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.contract.fields import Field
from ilbench.tasks.mujoco_picture import MujocoPicture, free_camera
from ilbench.tasks.navigation import mazes, ogbench_mazes
from ilbench.tasks.navigation.ant_tasks import ANTMAZE_FIELDS, OGBENCH_FIELDS
from ilbench.tasks.navigation.cells import Maze, Point

ANT_XML = Path(gymnasium_mujoco.__file__).parent / "assets" / "ant.xml"
SIDE_M = 4.0
NUM_SUBSTEPS = 5
INTEGRATION = int(mujoco.mjtState.mjSTATE_INTEGRATION)
MAX_SHOWN_FORCE = 1.0
RESET_NOISE = 0.1
NUM_SETTLING_STEPS = 5


class _Ant(TaskEnv):
    """What both have in common: eight torques, a goal, a sparse reward.

    Args:
        fields: What is observed.
        model: The MuJoCo model, whose site ``target`` is drawn at the goal.
        maze: The maze, for the camera.
        radius_m: Distance to the goal that counts as having reached it.
        render_mode: ``"rgb_array"`` or None.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self, fields: tuple[Field, ...], model: Any, maze: Maze, radius_m: float, render_mode: str | None
    ) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space(fields)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (8,), np.float32)
        self._model, self._data = model, mujoco.MjData(model)
        self._map, self._radius_m = maze, radius_m
        self._goal: Point = (0.0, 0.0)
        self._picture: MujocoPicture | None = None

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Applies eight torques for one control step."""
        self._simulate(action)
        success = self._is_at_goal()
        return self._observe(), float(success), success, False, {"success": success, "mode": None}

    def state(self) -> NDArray[np.float64]:
        """Returns all that the next step depends on (MuJoCo's integration state) and the goal."""
        state = np.empty(mujoco.mj_stateSize(self._model, INTEGRATION))
        mujoco.mj_getState(self._model, self._data, state, INTEGRATION)
        return np.append(state, self._goal)

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) from above, the goal in red, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        if self._picture is None:
            rows, columns = len(self._map.walls), len(self._map.walls[0])
            (x, y), (end_x, end_y) = self._map.center((0, 0)), self._map.center((rows - 1, columns - 1))
            distance = 1.35 * SIDE_M * max(rows, columns)
            self._picture = MujocoPicture(
                free_camera(((x + end_x) / 2, (y + end_y) / 2, 0.0), distance, 90.0, -89.0)
            )
        self._data.site("target").xpos[:2] = self._goal  # a marker: the next step forgets where it was drawn
        return self._picture.draw(self._model, self._data)

    def close(self) -> None:
        """Frees the renderer."""
        if self._picture is not None:
            self._picture.close()

    def _simulate(self, action: NDArray[np.float32]) -> None:
        self._data.ctrl[:] = action
        mujoco.mj_step(self._model, self._data, NUM_SUBSTEPS)

    def _is_at_goal(self) -> bool:
        dx, dy = self._data.qpos[0] - self._goal[0], self._data.qpos[1] - self._goal[1]
        return math.sqrt(dx * dx + dy * dy) <= self._radius_m

    def _observe(self) -> dict[str, NDArray[Any]]:
        raise NotImplementedError


class AntMaze(_Ant):
    """The ant of AntMaze-v5: model, physics, observation, sparse reward, continuing_task=False.

    A context is ``{"start": [x, y], "goal": [x, y]}`` in meters from the center of the maze and says
    everything: the seed of `reset` changes nothing. The reward is 1 within 0.45 m of the goal, else 0. An ant
    that falls over goes on.

    Args:
        maze: A name in `mazes.MAPS`.
        render_mode: ``"rgb_array"`` or None.
    """

    def __init__(self, maze: str, render_mode: str | None = None) -> None:
        model = mazes.load_model(maze, body=ANT_XML, side_m=SIDE_M, wall_height=0.5)
        super().__init__(ANTMAZE_FIELDS, model, mazes.load_maze(maze, SIDE_M), 0.45, render_mode)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Puts the ant on the context's start, above the ground and at rest."""
        super().reset(seed=seed)
        context = context_from(options)
        self._goal = _point(context["goal"])
        mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:2] = context["start"]
        mujoco.mj_forward(self._model, self._data)
        return self._observe(), {"success": self._is_at_goal(), "mode": None}

    def _simulate(self, action: NDArray[np.float32]) -> None:
        super()._simulate(action)
        mujoco.mj_rnePostConstraint(self._model, self._data)  # contact forces, which are observed

    def _observe(self) -> dict[str, NDArray[Any]]:
        data = self._data
        forces = np.clip(data.cfrc_ext[1:], -MAX_SHOWN_FORCE, MAX_SHOWN_FORCE)
        state = np.concatenate((data.qpos, data.qvel, forces.ravel()), dtype=np.float32)
        return {"state": state, "goal": np.array(self._goal, np.float32)}


class OgbenchAnt(_Ant):
    """The ant of OGBench's antmaze: weaker, ten control steps a second, the goal a whole state.

    A context is ``{"start": [x, y], "goal": [x, y]}`` in meters. As in OGBench the posture at the start is
    noisy and that in the goal is the outcome of five random steps; both are drawn from the seed of `reset`.
    With ``"qpos"`` and ``"qvel"`` in the context the episode starts in that state. The reward is 1 within
    0.5 m of the goal, whatever the posture, else 0.

    Args:
        maze: A name in `ogbench_mazes.MAPS`.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        num_teleports: How often the present episode has taken a teleport.
    """

    num_teleports: int

    def __init__(self, maze: str, render_mode: str | None = None) -> None:
        cells = ogbench_mazes.load_maze(maze)
        super().__init__(OGBENCH_FIELDS, _ogbench_model(maze), cells, 0.5, render_mode)
        self._entrances = [cells.center(cell) for cell in ogbench_mazes.ENTRANCES.get(maze, ())]
        self._exits = [cells.center(cell) for cell in ogbench_mazes.EXITS.get(maze, ())]

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Draws the posture in the goal, then puts the ant on the context's start."""
        super().reset(seed=seed)
        context = context_from(options)
        self.num_teleports = 0
        self._goal = _point(context["goal"])
        self._shake()
        for _ in range(NUM_SETTLING_STEPS):
            self._simulate(self.np_random.uniform(-1.0, 1.0, 8).astype(np.float32))
        self._data.qpos[:2] = self._goal
        self._goal_state = np.concatenate((self._data.qpos, self._data.qvel), dtype=np.float32)
        self._shake()
        self._data.qpos[:2] = context["start"]
        if "qpos" in context:
            mujoco.mj_resetData(self._model, self._data)
            self._data.qpos[:], self._data.qvel[:] = context["qpos"], context["qvel"]
        mujoco.mj_forward(self._model, self._data)
        return self._observe(), {"success": self._is_at_goal(), "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Applies eight torques for one control step; a teleport moves the ant after it."""
        _, reward, terminated, truncated, info = super().step(action)
        for x, y in self._entrances:
            dx, dy = self._data.qpos[0] - x, self._data.qpos[1] - y
            if math.hypot(dx, dy) <= ogbench_mazes.ENTRANCE_RADIUS_M:
                self._data.qpos[:2] = self._exits[int(self.np_random.integers(len(self._exits)))]
                mujoco.mj_forward(self._model, self._data)
                self.num_teleports += 1
                break
        return self._observe(), reward, terminated, truncated, info

    def state(self) -> NDArray[np.float64]:
        """Returns all that the next step depends on, the goal, and how often a teleport was taken."""
        return np.append(super().state(), (*self._goal_state, self.num_teleports))

    def _shake(self) -> None:
        """Puts the ant into its first posture, with noise on every joint and velocity."""
        mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:] += self.np_random.uniform(-RESET_NOISE, RESET_NOISE, self._model.nq)
        self._data.qvel[:] = RESET_NOISE * self.np_random.standard_normal(self._model.nv)
        mujoco.mj_forward(self._model, self._data)

    def _observe(self) -> dict[str, NDArray[Any]]:
        state = np.concatenate((self._data.qpos, self._data.qvel), dtype=np.float32)
        return {"state": state, "goal": self._goal_state.copy()}


@cache
def _ogbench_xml(maze: str) -> str:
    """Returns gymnasium's ant with what OGBench changed in it, in a maze, as MuJoCo's XML."""
    root = ElementTree.parse(ANT_XML).getroot()
    _element(root, "option").set("timestep", "0.02")
    for name, value in (("solref", ".02 1"), ("solimp", ".8 .8 .01")):
        _element(root, "default/geom").set(name, value)
    for motor in root.iter("motor"):
        motor.set("gear", "30")
    world, cells = _element(root, "worldbody"), ogbench_mazes.load_maze(maze)
    rows, columns = len(cells.walls), len(cells.walls[0])
    floor = _element(world, "geom[@name='floor']")
    floor.set("pos", f"{2 * (columns - 3)} {2 * (rows - 3)} 0")
    floor.set("size", f"{2 * columns} {2 * rows} .2")
    for x, y in cells.wall_centers:
        wall = {"type": "box", "pos": f"{x} {y} 1", "size": "2 2 1", "rgba": ".7 .7 .7 1"}
        ElementTree.SubElement(world, "geom", {**wall, "contype": "1", "conaffinity": "1"})
    target = {"name": "target", "type": "cylinder", "size": ".5 .05", "rgba": ".96 .26 .33 1"}
    ElementTree.SubElement(world, "site", target)
    return ElementTree.tostring(root, encoding="unicode")


def _ogbench_model(maze: str) -> Any:
    return mujoco.MjModel.from_xml_string(_ogbench_xml(maze))


def _element(parent: ElementTree.Element, path: str) -> ElementTree.Element:
    found = parent.find(path)
    if found is None:
        raise RuntimeError(f"{ANT_XML}: no element {path!r}; is it gymnasium's?")
    return found


def _point(values: list[float]) -> Point:
    return float(values[0]), float(values[1])
