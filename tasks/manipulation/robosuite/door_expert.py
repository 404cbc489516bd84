"""The scripted expert for Door: a feedback law on the observation, without timers or phases."""

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
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

LATCH_M = np.array([-0.175, -0.1, -0.025])
"""The lever's axis, in the door's frame, on the lever's side of the panel."""
HANDLE_M = 0.125
"""From there to the point that is observed as the handle."""
LEVER_WIDTH_M = 0.03
FREE_RAD = 1.12
"""Angle of the lever at which the latch is about to leave the frame."""
LEAD_RAD = 0.6
"""How far ahead of the lever, along its arc, the hand aims."""
PITCH = 0.5
"""How far the hand pitches, for each radian of the lever."""
OUTWARD_M = 0.015
"""How far from the lever's middle, away from the panel, the hand comes down: it is wider than the gap."""


class DoorExpert:
    """Grips the lever from above, turns it down along its arc, and pulls the door open.

    What it does follows from where hand, lever and door are: away from the lever it comes down on it, at the
    lever it closes, then leads it along its arc, and pulls at full action once the latch is free. The hand
    pitches with the lever, lest that meet the palm. Episodes differ in speed, slope of the funnel and place
    along the lever.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed, slope and place for one episode."""
        del mode
        rng = np.random.default_rng(seed)
        unwrapped: Any = env.unwrapped
        self._slices: Mapping[str, slice] = unwrapped.slices
        self._speed = rng.uniform(0.8, 1.0)
        self._slope = rng.uniform(2.0, 3.0)
        self._grip = HANDLE_M + rng.uniform(-0.005, 0.005)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the end-effector step (6) and the gripper command (1)."""
        state = named(observation, self._slices)
        hand, lever = rotation(state["robot0_eef_quat"]), float(state["handle_qpos"][0])
        door = door_axes(state["handle_pos"] - state["door_pos"], lever)
        offset = self._point(state["door_pos"], door, lever) - state["robot0_eef_pos"]
        along, across, above = door.T @ offset
        outward = OUTWARD_M if lever < 0.1 else across  # Held, it slides to where the panel stops the hand.
        if np.hypot(along, across - outward) < 0.025 and abs(above) < 0.025:
            opening = state["robot0_gripper_qpos"][0] - state["robot0_gripper_qpos"][1]
            ajar = np.clip((float(state["hinge_qpos"][0]) - 0.02) / 0.05, 0.0, 1.0)
            # A door that is ajar follows a finger behind the lever, whether that is held or not.
            held = np.clip((LEVER_WIDTH_M + 0.016 - opening) / 0.008 + ajar, 0.0, 1.0)
            ahead = self._point(state["door_pos"], door, min(lever + LEAD_RAD, 1.4)) - state["robot0_eef_pos"]
            free = np.clip((lever - FREE_RAD) / 0.08 + ajar, 0.0, 1.0)
            pull = POSITION_GAIN * ahead * (1.0 - free) - door[:, 1] * free
            move, grip = POSITION_GAIN * offset * (1.0 - held) + pull * held, CLOSED
        else:
            move, grip = self._come_down(offset - OUTWARD_M * door[:, 1]), OPEN
        step = np.clip(move, -self._speed, self._speed)
        rotate = ROTATION_GAIN * turn_between(hand, _hand_axes(door, PITCH * lever))
        return np.concatenate([step, np.clip(rotate, -0.5, 0.5), [grip]], dtype=np.float32)

    def _come_down(self, offset: NDArray[Any]) -> NDArray[Any]:
        """Returns the step toward a place at `offset` (m): up beside the lever, then over it, then down."""
        sideways = float(np.hypot(offset[0], offset[1]))
        # Aims lower than the grasp, not to creep at the end.
        rise = offset[2] + np.clip(self._slope * (sideways - 0.01), 0.0, 0.1) - 0.015
        near = np.clip(max((sideways - 0.1 - rise) / 0.03, (0.03 - rise) / 0.02), 0.0, 1.0)
        return POSITION_GAIN * np.array([offset[0] * near, offset[1] * near, rise])

    def _point(self, position: NDArray[Any], door: NDArray[Any], lever: float) -> NDArray[Any]:
        """Returns where the place to grip is when the lever is at an angle (rad)."""
        arm = np.array([self._grip * np.cos(lever), 0.0, -self._grip * np.sin(lever)])
        return np.asarray(position + door @ (LATCH_M + arm))


def door_axes(to_handle: NDArray[Any], lever: float) -> NDArray[Any]:
    """Returns the door's axes as columns: from latch to hinge, into the door, up.

    Args:
        to_handle: From the door's position to the handle's, in m.
        lever: Angle of the lever in rad.
    """
    angle = np.arctan2(to_handle[1], to_handle[0]) - np.arctan2(
        LATCH_M[1], LATCH_M[0] + HANDLE_M * np.cos(lever)
    )
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _hand_axes(door: NDArray[Any], pitch: float) -> NDArray[Any]:
    """Returns the wanted axes of the hand as columns: fingers across the lever, pitched (rad) along it."""
    down = -np.cos(pitch) * door[:, 2] - np.sin(pitch) * door[:, 0]
    return np.column_stack([np.cross(door[:, 1], down), door[:, 1], down])


def turn_between(start: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """Returns the rotation vector from one set of axes to another; its length is the sine of the angle."""
    return np.asarray(0.5 * np.cross(start, end, axis=0).sum(axis=1))
