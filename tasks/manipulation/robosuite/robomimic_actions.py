"""What the actions of a robomimic file mean, read from its controllers, and the same as a task's actions.

Until robosuite 1.4 a controller is one flat dictionary and adds its deltas in the *world's* frame. Since 1.5
it is a part of a composite one, and ``input_ref_frame`` says ``base`` (the default) or ``world``. Our tasks
take deltas in the frame of each arm's base. With one arm both frames have the same axes; with two, the bases
are turned by a quarter, and position and rotation deltas are turned along: measured, the hands then move in
robosuite 1.5.2 as they do in 1.4.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.demonstrations import InvalidArchiveError
from ilbench.reading import listed
from ilbench.tasks.manipulation.robosuite.declaring import CONTROL_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

Frame: TypeAlias = Literal["world", "base"]

ARM_SIZE = 7
"""Numbers of one arm in an action: step (3), rotation (3), gripper (1)."""

OPPOSED = ("default", "opposed", "single-arm-opposed")
"""What robosuite calls the two arms that face each other, over its versions."""

EXPECTED: Mapping[str, Any] = {
    "type": "OSC_POSE",
    "input_max": 1,
    "input_min": -1,
    "output_max": (0.05, 0.05, 0.05, 0.5, 0.5, 0.5),
    "output_min": (-0.05, -0.05, -0.05, -0.5, -0.5, -0.5),
    "kp": 150,
    "damping": 1,
    "damping_ratio": 1,
    "impedance_mode": "fixed",
    "uncouple_pos_ori": True,
    "control_delta": True,
    "input_type": "delta",
    "interpolation": None,
}
"""The settings of our tasks, under the names of all versions; a file need not hold all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionConvention:
    """What the actions of a file are.

    Attributes:
        frame: In which axes steps and rotations are given.
        composite: Whether the controllers are of the kind that robosuite 1.5 brought.
        num_arms: How many arms an action drives.
    """

    frame: Frame
    composite: bool
    num_arms: int

    def in_base_frame(self, actions: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns actions (T, 7 an arm) as our tasks take them.

        A quarter turn exchanges axes, so that what was within [-1, 1] stays there.
        """
        result = actions.copy()
        if self.frame == "world" and self.num_arms == 2:
            for arm, sign in enumerate((1.0, -1.0)):  # the bases are turned by +90 and -90 degrees
                for first in (ARM_SIZE * arm, ARM_SIZE * arm + 3):
                    x, y = actions[:, first], actions[:, first + 1]
                    result[:, first], result[:, first + 1] = sign * y, -sign * x
        return result.astype(np.float32)


def read_convention(env_kwargs: Mapping[str, Any], robots: Sequence[str], place: str) -> ActionConvention:
    """Returns what the actions of a file are.

    Args:
        env_kwargs: From the file's ``env_args``.
        robots: The robots that the task has.
        place: The file, for messages.

    Raises:
        InvalidArchiveError: They cannot be turned into our tasks' actions; says which setting is in the way.
    """
    found = env_kwargs.get("robots", list(robots))
    found = [found] if isinstance(found, str) else list(found)
    _require(place, "robots", found, list(robots))
    _require(place, "control_freq", env_kwargs.get("control_freq", CONTROL_HZ), CONTROL_HZ)
    if len(robots) > 1 and env_kwargs.get("env_configuration", "default") not in OPPOSED:
        _require(place, "env_configuration", env_kwargs["env_configuration"], "opposed")
    controllers = _controllers(env_kwargs.get("controller_configs"), len(robots), place)
    frames = set()
    composite = False
    for controller in controllers:
        if "body_parts" in controller:
            composite = True
            controller = _arm_part(controller, place)
            frames.add(controller.get("input_ref_frame", "base"))
        else:
            frames.add("world")
        for name, value in EXPECTED.items():
            if name in controller or name == "type":
                _require(place, f"controller_configs.{name}", controller.get(name), value)
    if len(frames) > 1 or not frames <= {"world", "base"}:
        raise InvalidArchiveError(
            f"{place}: field 'env_args.env_kwargs.controller_configs.input_ref_frame': expected 'base' or "
            f"'world' for all arms, found {listed(sorted(map(repr, frames)))}"
        )
    frame: Frame = "world" if frames == {"world"} else "base"
    return ActionConvention(frame=frame, composite=composite, num_arms=len(robots))


def _controllers(value: Any, count: int, place: str) -> list[Mapping[str, Any]]:
    """Returns a controller a robot; a single one stands for all."""
    several = value if isinstance(value, list) else [value] * count
    if len(several) != count or not all(isinstance(one, dict) for one in several):
        raise InvalidArchiveError(
            f"{place}: field 'env_args.env_kwargs.controller_configs': expected a controller for each of "
            f"{count} robots; without it nobody knows what the actions mean"
        )
    return several


def _arm_part(composite: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Returns the controller of a robot's one arm, which files keep under ``arms`` or beside it."""
    parts = composite["body_parts"]
    parts = parts.get("arms", parts) if isinstance(parts, dict) else {}
    arms = [part for name, part in parts.items() if name in ("right", "left") and isinstance(part, dict)]
    if len(arms) != 1:
        raise InvalidArchiveError(
            f"{place}: field 'env_args.env_kwargs.controller_configs.body_parts': expected one arm, found "
            f"{listed(parts)}"
        )
    return arms[0]


def _require(place: str, name: str, found: Any, expected: Any) -> None:
    """Raises `InvalidArchiveError` unless the setting is the expected one, or a vector of nothing else."""
    if isinstance(expected, str | bool | list | None):
        same = found == expected
    else:
        try:
            same = bool(np.all(np.asarray(found) == np.asarray(expected)))
        except ValueError:  # shapes that do not fit
            same = False
    if not same:
        wanted = list(expected) if isinstance(expected, tuple) else expected
        raise InvalidArchiveError(
            f"{place}: field 'env_args.env_kwargs.{name}': our tasks have {wanted!r}, found {listed([found])}"
            "; such actions mean something else and are not imported"
        )
