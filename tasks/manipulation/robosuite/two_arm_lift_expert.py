"""Scripted expert for robosuite's TwoArmLift: a feedback law on the observation, without timers or phases."""

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
    rotation,
    upright_error,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

BAR_WIDTH_M = 0.02
"""Width of the handles' bars."""
FINGER_REACH_M = 0.04
"""From the hand's middle to an open finger, which an angle of the hand moves sideways."""
BASE_YAWS = (np.pi / 2, -np.pi / 2)
"""How the two robots' bases are turned in the world: they face each other across the table."""


class TwoArmLiftExpert:
    """Each hand comes down on its handle's bar and closes; they lift when both hold, the lower one faster.

    The fingers close across the bar, one of them inside the handle. Each hand turns by the way that keeps its
    last joint near the middle of its range: the pot's yaw is known to within 60 degrees. Episodes differ in
    speed, in the slope of the funnel, and in where along each bar it is taken.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and grasp points for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.7, 1.0)
        self._slope = rng.uniform(2.0, 3.5)
        self._along_bar = rng.uniform(-0.012, 0.012, 2)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns step (6) and gripper command (1) of either arm, in its own base frame."""
        state = named(observation, self._slices)
        pot = rotation(state["pot_quat"])
        offsets = [self._offset(state, pot, arm) for arm in (0, 1)]
        held = min(_hold(state, pot, offset, arm) for arm, offset in enumerate(offsets))
        heights = [state[f"handle{arm}_xpos"][2] for arm in (0, 1)]
        commands = []
        for arm, offset in enumerate(offsets):
            behind = heights[1 - arm] - heights[arm]
            lift = np.array([0.0, 0.0, held * np.clip(0.5 + 20.0 * behind, 0.0, 1.0)])
            commands.append(self._command(state, pot, arm, offset, held, lift))
        return np.concatenate(commands, dtype=np.float32)

    def _offset(self, state: Mapping[str, NDArray[Any]], pot: NDArray[Any], arm: int) -> NDArray[Any]:
        """Returns the way (m, world) from the hand to its point on the handle."""
        offset: NDArray[Any] = state[f"gripper{arm}_to_handle{arm}"] + self._along_bar[arm] * pot[:, 0]
        return offset

    def _command(
        self,
        state: Mapping[str, NDArray[Any]],
        pot: NDArray[Any],
        arm: int,
        offset: NDArray[Any],
        held: float,
        lift: NDArray[Any],
    ) -> NDArray[Any]:
        hand = rotation(state[f"robot{arm}_eef_quat"])
        angle = angle_about_vertical(hand[:, 1], -pot[:, 1] if arm == 0 else pot[:, 1])
        if _is_between(state, pot, offset, arm):
            move, grip = POSITION_GAIN * offset * (1.0 - held) + lift, CLOSED
        else:
            error = float(np.hypot(offset[0], offset[1])) + FINGER_REACH_M * abs(angle)
            hover = np.clip(self._slope * (error - 0.015), 0.0, 0.08)
            # Aims lower than the grasp, not to creep at the end.
            move, grip = POSITION_GAIN * (offset + np.array([0.0, 0.0, hover - 0.015])), OPEN
        turn = ROTATION_GAIN * (upright_error(hand) + np.array([0.0, 0.0, angle]))
        to_base = about_vertical(-BASE_YAWS[arm])
        step = to_base @ np.clip(move, -self._speed, self._speed)
        return np.concatenate([np.clip(step, -1.0, 1.0), np.clip(to_base @ turn, -0.5, 0.5), [grip]])


def _is_between(state: Mapping[str, NDArray[Any]], pot: NDArray[Any], offset: NDArray[Any], arm: int) -> bool:
    """Returns whether the bar is between a hand's fingers: precisely to close them, roughly to keep so."""
    fingers = state[f"robot{arm}_gripper_qpos"]
    slack = 2.0 if fingers[0] - fingers[1] < BAR_WIDTH_M + 0.015 else 1.0
    along, across = abs(float(offset @ pot[:, 0])), abs(float(offset @ pot[:, 1]))
    return along < 0.015 * slack and across < 0.012 * slack and abs(offset[2]) < 0.012 * slack


def _hold(state: Mapping[str, NDArray[Any]], pot: NDArray[Any], offset: NDArray[Any], arm: int) -> float:
    """Returns how firmly a hand holds its bar, from 0 (open or elsewhere) to 1 (closed about it)."""
    if not _is_between(state, pot, offset, arm):
        return 0.0
    fingers = state[f"robot{arm}_gripper_qpos"]
    hand = rotation(state[f"robot{arm}_eef_quat"])
    width = BAR_WIDTH_M / max(abs(float(hand[:, 1] @ pot[:, 1])), 0.5)
    return float(np.clip((width + 0.01 - (fingers[0] - fingers[1])) / 0.008, 0.0, 1.0))


def angle_about_vertical(start: NDArray[Any], end: NDArray[Any]) -> float:
    """Returns the angle (rad) about the vertical that turns one direction to another, in (-pi, pi]."""
    return float(np.arctan2(start[0] * end[1] - start[1] * end[0], start[0] * end[0] + start[1] * end[1]))


def about_vertical(angle: float) -> NDArray[Any]:
    """Returns the matrix of a rotation about the vertical."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
