"""The scripted expert for NutAssemblySquare: a feedback law on the observation, without timers or phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.manipulation.robosuite.experts import (
    CLOSED,
    OPEN,
    POSITION_GAIN,
    ROTATION_GAIN,
    half_turn,
    heading,
    named,
    rotation,
    upright_error,
    yaw,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

GRIP_M = 0.06
"""From the nut's center along its handle, which ends at 7.9 cm; the hole's frame ends at 4.4 cm."""
HANDLE_WIDTH_M = 0.032
PEG_XY_M = np.array([0.23, 0.1])
THREADED_HEIGHT_M = 0.85
"""Height of the nut's center that is aimed at over the peg; success is below 0.87."""
PEG_TOP_M = 0.95
CLEARANCE_M = 0.125
"""Above the height aimed at, where a nut is carried: it ends 1 cm below its center."""
TOLERANCE_M = 0.004
"""Sideways, within which a nut comes down; hole and peg leave 6.7 mm on each side."""

UNDECIDED_RAD = np.pi / 3.0
"""Between handles that are turned toward the robot and those that are turned aside; with the first the hand
stays farther from where the arm is stretched."""


class SquareExpert:
    """Grips across the handle, carries the nut over the peg while turning it, and pushes it down.

    What it does follows from where the nut is: between the fingers it closes and then carries, elsewhere
    it comes down on the handle. Both descents wait for place and angle to be right. The handle may come to
    point at the robot or to either side, but not away from it, which is out of reach.
    The hand turns at rates that are smooth functions of the nut's angle and vanish where two choices are
    equally near. Episodes differ in speed, slope of the funnel, grasp height and place along the handle.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope, grasp height and place for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.8, 1.0)
        self._slope = rng.uniform(2.0, 3.5)
        self._grasp_height = rng.uniform(-0.001, 0.004)
        self._grip = GRIP_M + rng.uniform(-0.003, 0.003)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the end-effector step (6) and the gripper command (1)."""
        state = named(observation, self._slices)
        hand, nut = rotation(state["robot0_eef_quat"]), rotation(state["SquareNut_quat"])
        handle = state["SquareNut_pos"] + self._grip * nut[:, 0] + np.array([0.0, 0.0, self._grasp_height])
        offset = handle - state["robot0_eef_pos"]
        opening = state["robot0_gripper_qpos"][0] - state["robot0_gripper_qpos"][1]
        angle = half_turn(yaw(nut) - heading(hand))
        sideways = float(np.hypot(offset[0], offset[1]))
        if sideways < 0.015 and abs(offset[2]) < 0.012 and abs(angle) < 0.3:
            held = np.clip((HANDLE_WIDTH_M + 0.012 - opening) / 0.008, 0.0, 1.0)
            carry, turn = self._carry(
                PEG_XY_M - state["SquareNut_pos"][:2], state["SquareNut_pos"][2], yaw(nut)
            )
            move = POSITION_GAIN * offset * (1.0 - held) + held * carry
            turn = np.sin(2.0 * angle) / 2.0 * (1.0 - held) + held * turn
            grip = CLOSED
        else:
            askew = np.clip(abs(angle) - 0.1, 0.0, 0.3)
            hover = np.clip(self._slope * (sideways - 0.008) + 0.3 * askew, 0.0, 0.08)
            # Aims lower than the grasp, not to creep at the end.
            move = POSITION_GAIN * (offset + np.array([0.0, 0.0, hover - 0.012]))
            turn, grip = np.sin(2.0 * angle) / 2.0, OPEN
        rotate = ROTATION_GAIN * (upright_error(hand) + np.array([0.0, 0.0, turn]))
        step = np.clip(move, -self._speed, self._speed)
        return np.concatenate([step, np.clip(rotate, -0.5, 0.5), [grip]], dtype=np.float32)

    def _carry(self, to_peg: NDArray[Any], height: float, nut: float) -> tuple[NDArray[Any], float]:
        """Returns step and turn of a held nut: up, over the peg, and down once it fits."""
        sideways = float(np.hypot(*to_peg))
        turn, askew = _turn_to_fit(nut)
        threaded = np.clip((PEG_TOP_M + 0.01 - height) / 0.02, 0.0, 1.0)
        wrong = (sideways - TOLERANCE_M) / 0.003 + np.clip((askew - 0.08) / 0.05, 0.0, None) - 3.0 * threaded
        lack = THREADED_HEIGHT_M + CLEARANCE_M * np.clip(wrong, 0.0, 1.0) - height
        across = np.clip(max((sideways - 0.15 - lack) / 0.03, (0.03 - lack) / 0.02), 0.0, 1.0)
        # Firmer near the peg: the arm, almost stretched, does not follow small steps.
        aside = to_peg + np.clip(to_peg, -0.01, 0.01)
        return POSITION_GAIN * np.array([aside[0] * across, aside[1] * across, 2.0 * lack]), turn


def _turn_to_fit(nut: float) -> tuple[float, float]:
    """Returns the turn that makes a nut fit, and how far it is from that (rad).

    Args:
        nut: Where its handle points: pi is toward the robot.
    """
    off = float((nut + 2.0 * np.pi) % (2.0 * np.pi) - np.pi)
    if abs(off) < UNDECIDED_RAD:
        return -_ease(off, UNDECIDED_RAD), abs(off)
    beyond = abs(off) - np.pi / 2.0
    reach = np.pi / 2.0 if beyond > 0.0 else np.pi / 2.0 - UNDECIDED_RAD
    return -np.copysign(1.0, off) * _ease(beyond, reach), abs(beyond)


def _ease(angle: float, reach: float) -> float:
    """Returns about the angle near 0, and 0 at plus and minus `reach`."""
    return float(np.sin(np.pi * angle / reach) * reach / np.pi)
