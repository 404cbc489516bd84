"""Scripted experts for robosuite tasks: feedback laws on the observation, without timers or phases.

What an expert does depends on what the policy sees and on a little variation that is drawn once an episode,
so that its demonstrations can be imitated from single observations, and a disturbed episode recovers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

OPEN, CLOSED = -1.0, 1.0
POSITION_GAIN = 10.0
"""Action per meter of error: a full action asks for 5 cm."""
ROTATION_GAIN = 2.0
"""Action per radian of error: a full action asks for 0.5 rad."""


CUBE_WIDTH_M = 0.041
"""Width of Lift's cube as built; taken at an angle it holds the fingers further apart."""


class LiftExpert:
    """Comes down on the cube through a funnel, closes once it is between the fingers, lifts once it is held.

    The height above the cube shrinks with the sideways error, so the fingers never sweep the cube away. The
    hand turns toward the cube's nearest face at a rate that is a *smooth* function of the angle and vanishes
    halfway between two faces: a jump there would teach a network the mean of a turn to the left and one to
    the right. A cube that lies so is taken by its edges. Episodes differ in speed, slope of the funnel and
    grasp height.
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
        offset = state["gripper_to_cube_pos"] + np.array([0.0, 0.0, self._grasp_height])
        opening = state["robot0_gripper_qpos"][0] - state["robot0_gripper_qpos"][1]
        hand = rotation(state["robot0_eef_quat"])
        angle = quarter_turn(yaw(rotation(state["cube_quat"])) - np.arctan2(hand[1, 1], hand[0, 1]))
        sideways = float(np.hypot(offset[0], offset[1]))
        if sideways < 0.012 and abs(offset[2]) < 0.012:
            width = CUBE_WIDTH_M * (np.cos(angle) + np.sin(abs(angle)))
            held = np.clip((width + 0.014 - opening) / 0.012, 0.0, 1.0)
            move = POSITION_GAIN * offset * (1.0 - held) + np.array([0.0, 0.0, held])
            grip = CLOSED
        else:
            hover = np.clip(self._slope * (sideways - 0.01), 0.0, 0.08)
            # Aims lower than the grasp, not to creep at the end.
            move = POSITION_GAIN * (offset + np.array([0.0, 0.0, hover - 0.015]))
            grip = OPEN
        turn = ROTATION_GAIN * (upright_error(hand) + np.array([0.0, 0.0, np.sin(4.0 * angle) / 4.0]))
        step = np.clip(move, -self._speed, self._speed)
        return np.concatenate([step, np.clip(turn, -0.5, 0.5), [grip]], dtype=np.float32)


def named(
    observation: Mapping[str, NDArray[Any]], slices: Mapping[str, slice]
) -> dict[str, NDArray[np.float64]]:
    """Returns the observables that make up ``state``, by name."""
    return {name: observation["state"][where].astype(float) for name, where in slices.items()}


def rotation(quaternion: NDArray[Any]) -> NDArray[Any]:
    """Returns the rotation matrix of a unit quaternion (x, y, z, w)."""
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def yaw(matrix: NDArray[Any]) -> float:
    """Returns the angle of a rotation's x axis about the vertical, in (-pi, pi]."""
    return float(np.arctan2(matrix[1, 0], matrix[0, 0]))


def quarter_turn(angle: float) -> float:
    """Returns the angle up to quarter turns, in [-pi/4, pi/4)."""
    return float((angle + np.pi / 4) % (np.pi / 2) - np.pi / 4)


def half_turn(angle: float) -> float:
    """Returns the angle up to half turns, in [-pi/2, pi/2)."""
    return float((angle + np.pi / 2) % np.pi - np.pi / 2)


def upright_error(hand: NDArray[Any]) -> NDArray[Any]:
    """Returns the rotation vector (rad) that points the hand's z axis straight down; no turn about z."""
    x, y, _ = hand[:, 2]
    return np.array([-y, x, 0.0])


def heading(hand: NDArray[Any]) -> float:
    """Returns how far (rad) the hand is turned about the vertical, in (-pi, pi].

    0 is how a Panda starts: the fingers open along the world's y axis.
    """
    return float(np.arctan2(hand[0, 1], -hand[1, 1]))
