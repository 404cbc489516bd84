"""Scripted expert for robosuite's Wipe: a feedback law on the observation, without timers or phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.experts import ROTATION_GAIN, named, rotation, upright_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

TOOL_REACH_M = 0.06
"""Half the length of the wiping tool: it is down before the marker comes under it."""


class WipeExpert:
    """Comes down beside the nearest marker and slides over it with light pressure, then over the next.

    So it follows the line to one of its ends and then comes back for the rest. Episodes differ in speed,
    pressure and the slope of the approach.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, pressure and slope for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.6, 0.9)
        self._pressure = rng.uniform(0.12, 0.25)
        self._slope = rng.uniform(0.5, 1.0)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the step of the wiping tool (6)."""
        state = named(observation, self._slices)
        offset = state["gripper_to_nearest_marker"]
        sideways = float(np.hypot(offset[0], offset[1]))
        hover = np.clip(self._slope * (sideways - TOOL_REACH_M), 0.0, 0.05)
        down = np.clip(8.0 * (offset[2] + hover) - self._pressure, -0.6, 0.6)
        along = self._speed * offset[:2] / max(sideways, 0.02)
        turn = ROTATION_GAIN * upright_error(rotation(state["robot0_eef_quat"]))
        return np.concatenate([along, [down], np.clip(turn, -0.5, 0.5)], dtype=np.float32)
