"""PointMaze: a ball that forces push through a maze to a goal (gymnasium-robotics' PointMaze-v3, faster)."""

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
from ilbench.tasks.navigation.mazes import MAPS, load_model
from ilbench.tasks.navigation.pointmaze_tasks import STATE_FIELD

GOAL_RADIUS_M = 0.45
MAX_SPEED = 5.0
"""In m/s, for each axis: the velocity is clipped to it before every step."""

SKIP_POSITION_AND_VELOCITY = int(mujoco.mjtStage.mjSTAGE_VEL)
INTEGRATION = int(mujoco.mjtState.mjSTATE_INTEGRATION)


class PointMaze(TaskEnv):
    """The ball in the maze; the model, physics, reward and success rule of PointMaze-v3, bit for bit.

    A context is ``{"start": [x, y], "goal": [x, y]}`` in meters from the center of the maze and says
    everything: the seed of `reset` changes nothing. Two more keys belong to shifts: ``"maze"``, a name
    in `mazes.MAPS`, and ``"wind"``, a constant force on the ball in newtons.

    The reward is 1 within 0.45 m of the goal, else 0; reaching the goal terminates the episode
    (gymnasium-robotics' ``continuing_task=False``).

    Args:
        maze: Name of the maze where the context names none.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        maze: Name of the present maze.
        wind: Present constant force in newtons.
    """

    maze: str
    wind: tuple[float, float]

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, maze: str = "medium", render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._own_maze = maze
        self._pictures: dict[str, MujocoPicture] = {}
        self.observation_space = observation_space((STATE_FIELD,))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self._simulations: dict[str, tuple[Any, Any]] = {}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Puts the ball at rest on the context's start."""
        super().reset(seed=seed)
        context = context_from(options)
        self.maze = context.get("maze", self._own_maze)
        self.wind = tuple(context.get("wind", (0.0, 0.0)))
        if self.maze not in self._simulations:
            model = load_model(self.maze)
            self._simulations[self.maze] = model, mujoco.MjData(model)
        self._model, self._data = self._simulations[self.maze]
        self._position, self._velocity = self._data.qpos, self._data.qvel
        self._control = self._data.ctrl
        self._goal_x, self._goal_y = map(float, context["goal"])
        mujoco.mj_resetData(self._model, self._data)
        self._data.qfrc_applied[:] = self.wind
        self._position[:] = context["start"]
        mujoco.mj_forward(self._model, self._data)
        observation, success = self._observe()
        return observation, {"success": success, "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Applies a force for one control step of 10 ms.

        The original evaluates the dynamics twice, once to clip the velocity and once to step. Its first
        pass leaves a trace in the contact solver's warm start, so it is kept; of the second only what
        depends on the force is computed again. The result is the same to the last bit.
        """
        model, data = self._model, self._data
        vx, vy = self._velocity.tolist()
        if not (-MAX_SPEED <= vx <= MAX_SPEED and -MAX_SPEED <= vy <= MAX_SPEED):
            np.clip(self._velocity, -MAX_SPEED, MAX_SPEED, out=self._velocity)
        mujoco.mj_forward(model, data)
        self._control[:] = action
        mujoco.mj_forwardSkip(model, data, SKIP_POSITION_AND_VELOCITY, 1)
        mujoco.mj_Euler(model, data)
        observation, success = self._observe()
        return observation, float(success), success, False, {"success": success, "mode": None}

    def state(self) -> NDArray[np.float64]:
        """Returns all that the next step depends on (MuJoCo's integration state) and the goal."""
        state = np.empty(mujoco.mj_stateSize(self._model, INTEGRATION))
        mujoco.mj_getState(self._model, self._data, state, INTEGRATION)
        return np.append(state, (self._goal_x, self._goal_y))

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture (480, 480, 3) from above, the goal in red, or None without ``render_mode``."""
        if self.render_mode is None:
            return None
        if self.maze not in self._pictures:
            size = max(len(MAPS[self.maze]), len(MAPS[self.maze][0]))
            camera = free_camera((0.0, -0.2, 0.0), 1.35 * size, 90.0, -75.0)
            self._pictures[self.maze] = MujocoPicture(camera)
        # The model's marker stands still; where it is drawn moves nothing, and the next step forgets it.
        self._data.site("target").xpos[:2] = self._goal_x, self._goal_y
        return self._pictures[self.maze].draw(self._model, self._data)

    def close(self) -> None:
        """Frees the renderers."""
        for picture in self._pictures.values():
            picture.close()

    def _observe(self) -> tuple[dict[str, NDArray[Any]], bool]:
        x, y = self._position.tolist()
        vx, vy = self._velocity.tolist()
        observation = np.array((x, y, vx, vy, self._goal_x, self._goal_y), np.float32)
        return {"state": observation}, is_at_goal(x - self._goal_x, y - self._goal_y)


def is_at_goal(dx: float, dy: float) -> bool:
    """Returns whether an offset from the goal, in meters, counts as having reached it."""
    return math.sqrt(dx * dx + dy * dy) <= GOAL_RADIUS_M
