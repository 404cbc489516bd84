"""The scripted expert for Stack: a feedback law on the observation, without timers or phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.experts import (
    CLOSED,
    OPEN,
    POSITION_GAIN,
    ROTATION_GAIN,
    named,
    quarter_turn,
    rotation,
    upright_error,
    yaw,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

CUBE_WIDTH_M = 0.04
"""Width of the small cube."""
STACKED_HEIGHT_M = 0.045
"""Between the two centers when one cube lies on the other: half of 4 cm and half of 5 cm."""
CROWDED_M = 0.1
"""Between the centers, below which a finger could come down on the large cube."""


class StackExpert:
    """Takes the small cube as in Lift, carries it over the large one, comes down and lets it go.

    What it does follows from where the small cube is: on the large one it opens and rises, between the
    fingers it closes and then carries, elsewhere it comes down through a funnel. Both funnels, onto the cube
    and onto the stack, get lower as the sideways error shrinks. The hand turns to the nearest face, unless a
    finger would then come down on the large cube. Episodes differ in speed, slope of the funnels and grasp
    height.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and grasp height for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.7, 1.0)
        self._slope = rng.uniform(2.0, 3.5)
        self._grasp_height = rng.uniform(-0.004, 0.004)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the end-effector step (6) and the gripper command (1)."""
        state = named(observation, self._slices)
        hand = rotation(state["robot0_eef_quat"])
        fingers = float(np.arctan2(hand[1, 1], hand[0, 1]))
        angle = quarter_turn(yaw(rotation(state["cubeA_quat"])) - fingers)
        offset = state["gripper_to_cubeA"] + np.array([0.0, 0.0, self._grasp_height])
        opening = state["robot0_gripper_qpos"][0] - state["robot0_gripper_qpos"][1]
        sideways = float(np.hypot(offset[0], offset[1]))
        way, grip, turn = state["cubeA_to_cubeB"], CLOSED, np.sin(4.0 * angle) / 4.0
        if _is_stacked(way):
            freed = np.clip((opening - CUBE_WIDTH_M - 0.004) / 0.02, 0.0, 1.0)
            move, grip, turn = np.array([0.0, 0.0, freed]), OPEN, 0.0
        elif sideways < 0.015 and abs(offset[2]) < 0.015:
            width = CUBE_WIDTH_M * (np.cos(angle) + np.sin(abs(angle)))
            held = np.clip((width + 0.014 - opening) / 0.012, 0.0, 1.0)
            move = POSITION_GAIN * offset * (1.0 - held) + held * self._carry(way)
            turn *= 1.0 - held  # A held cube turns along.
        else:
            hover = np.clip(self._slope * (sideways - 0.01) + 0.2 * max(abs(angle) - 0.2, 0.0), 0.0, 0.08)
            grip = OPEN
            if _is_in_the_way(way, fingers + angle):
                turn, hover = angle - np.copysign(np.pi / 2.0, angle), 0.08
            # Aims lower than the grasp, not to creep at the end.
            move = POSITION_GAIN * (offset + np.array([0.0, 0.0, hover - 0.015]))
        rotate = ROTATION_GAIN * (upright_error(hand) + np.array([0.0, 0.0, turn]))
        step = np.clip(move, -self._speed, self._speed)
        return np.concatenate([step, np.clip(rotate, -0.5, 0.5), [grip]], dtype=np.float32)

    def _carry(self, way: NDArray[Any]) -> NDArray[Any]:
        """Returns the step of a held cube: up first, then over the other cube, then down onto it."""
        sideways = float(np.hypot(way[0], way[1]))
        rise = way[2] + STACKED_HEIGHT_M
        hover = np.clip(self._slope * (sideways - 0.006), 0.0, 0.04)
        beside = np.clip((0.01 + rise) / 0.02, 0.0, 1.0) * np.clip((0.1 - sideways) / 0.03, 0.0, 1.0)
        across = 1.0 if sideways < 0.02 else 1.0 - beside
        return POSITION_GAIN * np.array([way[0] * across, way[1] * across, rise + hover])


def _is_stacked(way: NDArray[Any]) -> bool:
    """Returns whether the small cube rests on the large one, from the vector between their centers."""
    return bool(np.hypot(way[0], way[1]) < 0.015 and abs(way[2] + STACKED_HEIGHT_M) < 0.004)


def _is_in_the_way(way: NDArray[Any], axis: float) -> bool:
    """Returns whether a finger would come down on the large cube, taking the small one along `axis` (rad)."""
    along = abs(way[0] * np.cos(axis) + way[1] * np.sin(axis))
    return bool(np.hypot(way[0], way[1]) < CROWDED_M and along > 0.75 * np.hypot(way[0], way[1]))
