"""The scripted expert for PickPlaceCan: a feedback law on the observation, without timers or phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.experts import (
    CLOSED,
    OPEN,
    POSITION_GAIN,
    ROTATION_GAIN,
    heading,
    named,
    rotation,
    upright_error,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

CAN_WIDTH_M = 0.05
"""Between the fingers when they hold the can."""
TARGET_XY_M = np.array([0.155, 0.345])
"""In the can's quarter of the second bin, x from 0.1 to 0.295 and y from 0.28 to 0.525; its middle is at the
end of what the arm reaches with the hand pointing down."""
RELEASE_M = 0.03
"""How far from there, sideways, the can is let go."""
CARRY_HEIGHT_M = 0.965
"""Height of the can's center on its way; the walls end at 0.9 and the can 4 cm below its center."""
WALL_Y_M = -0.06
"""Where the can would begin to touch the first wall."""


class CanExpert:
    """Comes down on the can through a funnel, closes, carries it over the walls and drops it.

    What it does follows from where the can is: over its quarter it opens, between the fingers it closes and
    then carries, elsewhere it comes down. A can that is held rises on its way to the wall, and waits there
    should it be too low. The hand keeps its heading: a can looks alike from all sides. Episodes differ in
    speed, slope of the funnel, grasp height and height of the way.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and heights for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.8, 1.0)
        self._slope = rng.uniform(2.0, 3.5)
        self._grasp_height = rng.uniform(0.0, 0.01)
        self._carry_height = CARRY_HEIGHT_M + rng.uniform(0.0, 0.02)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the end-effector step (6) and the gripper command (1)."""
        state = named(observation, self._slices)
        hand = rotation(state["robot0_eef_quat"])
        offset = state["Can_pos"] - state["robot0_eef_pos"] + np.array([0.0, 0.0, self._grasp_height])
        opening = state["robot0_gripper_qpos"][0] - state["robot0_gripper_qpos"][1]
        sideways = float(np.hypot(offset[0], offset[1]))
        to_target = TARGET_XY_M - state["Can_pos"][:2]
        grip = OPEN
        if np.hypot(*to_target) < RELEASE_M:
            move = np.array([0.0, 0.0, 0.2])
        elif sideways < 0.018 and abs(offset[2]) < 0.018:
            held = np.clip((CAN_WIDTH_M + 0.012 - opening) / 0.008, 0.0, 1.0)
            move = POSITION_GAIN * offset * (1.0 - held) + held * self._carry(state["Can_pos"], to_target)
            grip = CLOSED
        else:
            hover = np.clip(self._slope * (sideways - 0.01), 0.0, 0.12)
            # Aims lower than the grasp, not to creep at the end.
            move = POSITION_GAIN * (offset + np.array([0.0, 0.0, hover - 0.015]))
        rotate = ROTATION_GAIN * (upright_error(hand) + np.array([0.0, 0.0, -heading(hand)]))
        step = np.clip(move, -self._speed, self._speed)
        return np.concatenate([step, np.clip(rotate, -0.5, 0.5), [grip]], dtype=np.float32)

    def _carry(self, can: NDArray[Any], to_target: NDArray[Any]) -> NDArray[Any]:
        """Returns the step of a held can: up and toward the target, without touching a wall."""
        lack = self._carry_height - can[2]
        across = np.clip(max((WALL_Y_M - can[1] - lack) / 0.03, (0.03 - lack) / 0.02), 0.0, 1.0)
        return POSITION_GAIN * np.array([to_target[0] * across, to_target[1] * across, lack])
