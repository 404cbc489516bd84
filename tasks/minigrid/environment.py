"""BabyAI's GoToLocal: one room, some objects, and a mission that names one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ilbench.digest import array_digest
from ilbench.environment import TaskEnv, context_from, observation_space, silenced
from ilbench.tasks.minigrid.missions import encode_mission
from ilbench.tasks.minigrid.specs import GOTO_LOCAL

with silenced():  # pygame greets
    from minigrid.envs.babyai.core import verifier
    from minigrid.envs.babyai.goto import GoToLocal as GoToLocalLevel

verifier.use_done_actions = False  # an environment variable must not change the rules of a versioned task

ROOM_SIZE = 8
NUM_OBJECTS = 8
TILE_PIXELS = 64


class GoToLocal(TaskEnv):
    """BabyAI-GoToLocal-v0 of minigrid: its rules, observations and reward, the mission as word ids.

    A context is ``{"seed": k}``, the seed that minigrid's level is generated from; the seed of `reset`
    changes nothing. Two more keys belong to shifts: ``"room_size"``, walls included (by default 8),
    and ``"num_objects"`` (by default 8).

    The mission is fulfilled, and the episode over, when the agent stands before an object that fits it
    and faces it. The reward is then ``1 - 0.9 * steps / 64``, in rooms of all sizes, else 0.

    Args:
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        level: The present level of minigrid.
        last_action: The last action of the episode, None before the first.
    """

    level: Any
    last_action: int | None

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space(GOTO_LOCAL.observation)
        self.action_space = gym.spaces.Discrete(7)
        self._levels: dict[tuple[int, int], Any] = {}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Generates the context's level."""
        super().reset(seed=seed)
        context = context_from(options)
        size = context.get("room_size", ROOM_SIZE), context.get("num_objects", NUM_OBJECTS)
        if size not in self._levels:
            self._levels[size] = GoToLocalLevel(*size, max_steps=GOTO_LOCAL.horizon)
        self.level = self._levels[size]
        self.last_action = None
        with silenced():  # it prints each layout that it rejects
            observation, _ = self.level.reset(seed=context["seed"])
        self._mission = encode_mission(self.level.mission)
        return self._encode(observation), {"success": False, "mode": None}

    def step(self, action: int) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Plays one action: left, right, forward, pick up, drop, toggle, done (which does nothing)."""
        self.last_action = action
        observation, reward, terminated, truncated, _ = self.level.step(action)
        info = {"success": terminated and reward > 0, "mode": None}
        return self._encode(observation), float(reward), terminated, truncated, info

    def state(self) -> NDArray[np.int64]:
        """Returns grid, places that fulfill the mission, agent, what it carries, steps and mission."""
        level = self.level
        goals = np.zeros((level.width, level.height), dtype=np.int64)
        for place in level.instrs.desc.obj_poss:
            goals[tuple(place)] = 1
        carried = (0, 0, 0) if level.carrying is None else level.carrying.encode()
        agent = (*level.agent_pos, level.agent_dir, *carried, level.step_count)
        return np.concatenate(
            (level.grid.encode().ravel(), goals.ravel(), agent, self._mission), dtype=np.int64
        )

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture of the room, 64 pixels a cell, what the agent sees being lit, or None."""
        if self.render_mode is None:
            return None
        picture: NDArray[np.uint8] = self.level.get_frame(highlight=True, tile_size=TILE_PIXELS)
        return picture

    def layout_digest(self) -> str:
        """Returns the digest of grid, agent and mission: two seeds that share it are one level."""
        return array_digest(self.state())

    def _encode(self, observation: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        return {
            "image": observation["image"],
            "direction": DIRECTIONS[observation["direction"]],
            "mission": self._mission,
        }


DIRECTIONS = tuple(np.array(direction, dtype=np.int64) for direction in range(4))
for _direction in DIRECTIONS:
    _direction.flags.writeable = False  # shared by all observations
