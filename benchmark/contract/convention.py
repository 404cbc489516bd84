"""Convention: what the numbers of an action mean, so that a policy and a task are compared before they meet.

A policy that gives absolute poses where steps are taken, or opens the gripper to close it, fails every
episode without an error. Each task says what its actions mean; a submission may say what its policy's do;
where the two differ, nothing is played.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple, TypeAlias

from ilbench.errors import ILBenchError, InvalidTaskError

Kind: TypeAlias = Literal["delta", "absolute", "velocity", "force", "torque", "discrete"]
Frame: TypeAlias = Literal["world", "base", "hand", "joint", "agent", "screen"]
Origin: TypeAlias = Literal["measured", "commanded", "none"]
Rotation: TypeAlias = Literal["none", "axis-angle", "euler-xyz", "quaternion-wxyz", "quaternion-xyzw", "6d"]
Gripper: TypeAlias = Literal["none", "blocked", "positive-closes", "positive-opens", "width"]
GripperValues: TypeAlias = Literal["none", "binary", "continuous"]

TOLERANCE = 1e-3
"""Relative difference of two numbers that count as the same: 28.57 steps a second are 1 / 35 ms."""

REMEDIES: Mapping[str, str] = {
    "kind": "convert before the action is returned, or train on this task's demonstrations",
    "frame": "turn steps and rotations into the task's axes",
    "origin": "add up from the other start: where the hand was last sent, or where it is",
    "rotation": "convert the rotation's numbers",
    "gripper": "turn the sign of the gripper's number, or convert it",
    "gripper_values": "map the gripper's number to what the task takes",
    "linear": "scale the linear components",
    "angular": "scale the angular components",
    "rate_hz": "act at the task's rate, or repeat or skip actions and scale them",
    "clipping": "scale into the task's limits before the action is returned",
}
"""What can be done about a difference, by the key that it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """What the numbers of an action mean.

    Attributes:
        kind: ``delta``: a step from `origin`. ``absolute``: where to go. ``velocity``, ``force``, ``torque``:
            held for one control step. ``discrete``: the index of a choice. It says nothing of the gripper.
        frame: Whose axes they are in. ``joint``: an entry a joint. ``agent``: ahead is where the agent faces.
            ``screen``: up is up in the picture.
        same_frames: Other frames whose axes are the same in this task, as the world's where a robot's base is
            not turned.
        origin: What a delta starts from. ``commanded``: where the last action sent the robot, so that steps
            add up exactly, and run away from a robot that is held up. ``measured``: where it is now.
        rotation: Form of a rotation among the components.
        gripper: What its number does. ``width``: the wanted opening in m. ``blocked``: nothing.
        gripper_values: ``binary`` where only its sign counts, or the side of a threshold.
        linear: What 1 is in a linear component: a number and a unit, as ``0.05 m``; ``none`` without any.
        angular: What 1 is in a rotation or a joint's component, as ``0.5 rad``.
        rate_hz: Actions per simulated second; None where time has no unit.
        clipping: The limits at which the runner clips every entry; None where it does not.

    Raises:
        InvalidTaskError: Two of them contradict each other.
    """

    kind: Kind
    frame: Frame
    same_frames: tuple[Frame, ...] = ()
    origin: Origin = "none"
    rotation: Rotation = "none"
    gripper: Gripper = "none"
    gripper_values: GripperValues = "none"
    linear: str = "none"
    angular: str = "none"
    rate_hz: float | None = None
    clipping: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if (self.kind == "delta") != (self.origin != "none"):
            raise InvalidTaskError(
                f"a delta has an origin and nothing else does, found {self.kind!r} with {self.origin!r}"
            )
        moves_gripper = self.gripper not in ("none", "blocked")
        if moves_gripper != (self.gripper_values != "none"):
            raise InvalidTaskError(
                f"a gripper that moves has binary or continuous values, found {self.gripper!r} with "
                f"{self.gripper_values!r}"
            )
        for name in ("linear", "angular"):
            if _quantity(getattr(self, name)) is None:
                raise InvalidTaskError(
                    f"{name!r} must be 'none' or a number and a unit, found {getattr(self, name)!r}"
                )

    def describe(self) -> dict[str, Any]:
        """Returns what a policy is told about it: plain JSON."""
        told: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        told["same_frames"] = list(self.same_frames)
        told["clipping"] = None if self.clipping is None else list(self.clipping)
        return told

    def in_words(self) -> str:
        """Returns it in one line.

        >>> Convention(kind="absolute", frame="world", linear="1 px", rate_hz=10).in_words()
        'absolute, world frame, 1 is 1 px, 10 Hz'
        """
        same = f" (= {', '.join(self.same_frames)})" if self.same_frames else ""
        units = dict.fromkeys(text for text in (self.linear, self.angular) if text != "none")
        parts = [
            self.kind + (f" from {self.origin}" if self.origin != "none" else ""),
            f"{self.frame} frame{same}",
            f"1 is {' or '.join(units)}" if units else "",
            self.rotation if self.rotation != "none" else "",
            f"gripper {self.gripper}" + f" ({self.gripper_values})" * (self.gripper_values != "none")
            if self.gripper != "none"
            else "",
            f"{self.rate_hz:.6g} Hz" if self.rate_hz is not None else "",
            f"clipped to [{self.clipping[0]:g}, {self.clipping[1]:g}]" if self.clipping else "",
        ]
        return ", ".join(part for part in parts if part)


class Difference(NamedTuple):
    """A key in which a task and a submission differ.

    Attributes:
        key: Name of an attribute of `Convention`.
        task: What the task says.
        submission: What the submission says.
    """

    key: str
    task: str
    submission: str

    def __str__(self) -> str:
        return (
            f"{self.key}: the task takes {self.task}, the submission gives {self.submission}; {self.remedy}"
        )

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return REMEDIES[self.key]


class ConventionMismatchError(ILBenchError):
    """A submission whose actions mean something else than the task's; both sides stand in the notes.

    Args:
        task_id: The task.
        differences: Where they differ, at least one.
    """

    def __init__(self, task_id: str, differences: tuple[Difference, ...]) -> None:
        keys = ", ".join(difference.key for difference in differences)
        super().__init__(
            f"{task_id} takes actions of another convention than the submission gives ({keys}), so nothing "
            "was played; convert the actions, or correct what the submission says of them"
        )
        self.task_id, self.differences = task_id, differences
        for difference in differences:
            self.add_note(str(difference))


def check_convention(task_id: str, task: Convention | None, stated: Mapping[str, Any]) -> None:
    """Raises `ConventionMismatchError` where a submission's convention is not the task's.

    Args:
        task_id: The task.
        task: Its convention; None where its author states none, to which everything fits.
        stated: What the submission says, by the names of `Convention`; whatever it leaves out fits.
    """
    if task is not None and (found := find_differences(task, stated)):
        raise ConventionMismatchError(task_id, found)


def find_differences(task: Convention, stated: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Returns where a stated convention is not the task's, in the order of the keys of `REMEDIES`.

    >>> lift = Convention(kind="delta", origin="measured", frame="base", same_frames=("world",))
    >>> [d.key for d in find_differences(lift, {"kind": "absolute", "frame": "world"})]
    ['kind']
    """
    return tuple(
        Difference(key, _shown(getattr(task, key)), _shown(stated[key]))
        for key in REMEDIES
        if key in stated and not _fits(task, key, stated[key])
    )


def _fits(task: Convention, key: str, stated: Any) -> bool:
    wanted = getattr(task, key)
    if key == "frame":
        return stated in (wanted, *task.same_frames)
    if key in ("gripper", "gripper_values") and task.gripper == "blocked":
        return True
    if key in ("linear", "angular"):
        (size, unit), (said_size, said_unit) = _quantity(wanted) or (0.0, ""), _quantity(stated) or (0.0, "")
        return unit == said_unit and math.isclose(size, said_size, rel_tol=TOLERANCE)
    if wanted is None or stated is None:
        return wanted is stated
    if key == "clipping":
        return all(math.isclose(*pair, rel_tol=TOLERANCE) for pair in zip(wanted, stated, strict=True))
    if key == "rate_hz":
        return math.isclose(wanted, stated, rel_tol=TOLERANCE)
    return bool(wanted == stated)


def _quantity(text: str) -> tuple[float, str] | None:
    """Returns number and unit of a text such as ``0.05 m``, (0, "") of ``none``; None where it is neither."""
    if text == "none":
        return 0.0, ""
    number, _, unit = text.partition(" ")
    try:
        size = float(number)
    except ValueError:
        return None
    return (size, unit.strip()) if unit.strip() and math.isfinite(size) and size > 0 else None


def is_quantity(text: str) -> bool:
    """Returns whether a text is ``none``, or a positive number and a unit."""
    return _quantity(text) is not None


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return f"[{value[0]:g}, {value[1]:g}]" if isinstance(value, list | tuple) else f"{value!r}"
