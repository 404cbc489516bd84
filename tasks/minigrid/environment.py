"""The environment of all MiniGrid tasks: one of minigrid's levels under the contract of this project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.digest import array_digest
from ilbench.tasks.minigrid.fields import observation_fields
from ilbench.tasks.minigrid.levels import generate, level_state, make_level
from ilbench.tasks.minigrid.missions import encode_mission
from ilbench.tasks.minigrid.view import picture, symbols

TILE_PIXELS = 64


class MiniGrid(TaskEnv):
    """A level of minigrid: its generator, rules and reward; the mission as word ids.

    A context is ``{"seed": k}``, the seed that minigrid's level is generated from; the seed of `reset`
    changes nothing. Two more keys belong to shifts: ``"options"``, arguments of the level that differ, and
    ``"recolor"``, how far colors are moved along `missions.COLORS`.

    A success is what ends minigrid's episode with a reward, ``1 - 0.9 * steps / limit``; the limit is the
    level's own and truncates the episode. Lava ends it with 0.

    Args:
        level: Import string of minigrid's level.
        options: Its arguments.
        mission_length: Words of a mission, padding included.
        rgb: Whether the view is drawn in place of encoded.
        render_mode: ``"rgb_array"`` or None.

    Attributes:
        level: The present level of minigrid.
        last_action: The last action of the episode, None before the first.
    """

    level: Any
    last_action: int | None

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self,
        level: str,
        options: Mapping[str, Any],
        mission_length: int,
        rgb: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space(observation_fields(mission_length, rgb))
        self.action_space = gym.spaces.Discrete(7)
        self._name, self._options = level, dict(options)
        self._mission_length = mission_length
        self._show = picture if rgb else symbols
        self._levels: dict[str, Any] = {}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Generates the context's level."""
        super().reset(seed=seed)
        context = context_from(options)
        arguments = {**self._options, **context.get("options", {})}
        if str(arguments) not in self._levels:
            self._levels[str(arguments)] = make_level(self._name, arguments)
        self.level = self._levels[str(arguments)]
        self.last_action = None
        codes = generate(self.level, context["seed"], context.get("recolor", 0))
        self._mission = encode_mission(self.level.mission, self._mission_length)
        return self._encode(codes), {"success": False, "mode": None}

    def step(self, action: int) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Plays one action: left, right, forward, pick up, drop, toggle, done (which does nothing)."""
        self.last_action = action
        codes, reward, terminated, truncated, _ = self.level.step(action)
        info = {"success": terminated and reward > 0, "mode": None}
        return self._encode(codes), float(reward), terminated, truncated, info

    def state(self) -> NDArray[np.int64]:
        """Returns what `levels.level_state` does, then the mission."""
        return np.concatenate((level_state(self.level), self._mission))

    def render(self) -> NDArray[np.uint8] | None:
        """Returns a picture of the whole level, 64 pixels a cell, what the agent sees being lit, or None."""
        if self.render_mode is None:
            return None
        drawn: NDArray[np.uint8] = self.level.get_frame(highlight=True, tile_size=TILE_PIXELS)
        return drawn

    def layout_digest(self) -> str:
        """Returns the digest of grid, agent and mission: two seeds that share it are one level."""
        return array_digest(self.state())

    def _encode(self, codes: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        return {
            "image": self._show(codes),
            "direction": DIRECTIONS[self.level.agent_dir],
            "mission": self._mission,
        }


class GoToLocal(MiniGrid):
    """BabyAI's GoToLocal: 64 steps whatever the size of the room; version 1 of the task fixed these names.

    Two keys of a context belong to shifts: ``"room_size"``, walls included (by default 8), and
    ``"num_objects"`` (by default 8).
    """

    def __init__(self, rgb: bool = False, render_mode: str | None = None) -> None:
        options = {"room_size": 8, "num_dists": 8, "max_steps": 64}
        super().__init__("minigrid.envs.babyai.goto:GoToLocal", options, 5, rgb, render_mode)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Generates the context's level."""
        context = context_from(options)
        names = {"room_size": "room_size", "num_objects": "num_dists"}
        arguments = {theirs: context[ours] for ours, theirs in names.items() if ours in context}
        return super().reset(seed=seed, options={"context": {"seed": context["seed"], "options": arguments}})


DIRECTIONS = tuple(np.array(direction, dtype=np.int64) for direction in range(4))
for _direction in DIRECTIONS:
    _direction.flags.writeable = False  # shared by all observations
