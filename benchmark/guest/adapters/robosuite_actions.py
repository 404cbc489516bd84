"""What the actions of a checkpoint mean that robomimic trained: read from the environment kept in it.

Only what the controller's settings say is returned; the harness compares it with the task's before the first
episode. Keys and values are those of docs/conventions.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROBOSUITE = 1
"""Type of an environment of robosuite in robomimic's metadata (``EnvType.ROBOSUITE_TYPE``)."""
POSES = ("OSC_POSE", "OSC_POSITION", "IK_POSE")
JOINTS = {"JOINT_POSITION": "delta", "JOINT_VELOCITY": "velocity", "JOINT_TORQUE": "torque"}
GRIPPER = "positive-closes"
"""Of every gripper of robosuite."""


def convention_of(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns what the actions of a checkpoint mean, as far as its ``env_metadata`` say; None if not at all.

    >>> arm = {"type": "OSC_POSE", "control_delta": False, "input_max": 1, "output_max": 0.05}
    >>> convention_of({"type": 1, "env_kwargs": {"controller_configs": arm, "control_freq": 20}})["kind"]
    'absolute'
    """
    arguments = metadata.get("env_kwargs")
    if metadata.get("type") != ROBOSUITE or not isinstance(arguments, dict):
        return None
    controller, is_composite = _arm(arguments.get("controller_configs"))
    kind = controller.get("type")
    said: dict[str, Any] = {"gripper": GRIPPER}
    if isinstance(arguments.get("control_freq"), (int, float)):
        said["rate_hz"] = arguments["control_freq"]
    if kind in JOINTS:
        said.update({"kind": JOINTS[kind], "frame": "joint", "rotation": "none"})
    elif kind in POSES:
        is_delta = _is_delta(controller)
        said["kind"] = "delta" if is_delta else "absolute"
        said["rotation"] = "none" if kind == "OSC_POSITION" else "axis-angle"
        # Before robosuite 1.5 steps were added in the world's axes.
        frame = controller.get("input_ref_frame", "base") if is_composite else "world"
        if frame in ("base", "world"):
            said["frame"] = frame
        if is_delta:
            said.update(_scales(controller))
    return said


def _arm(found: Any) -> tuple[Mapping[str, Any], bool]:
    """Returns the settings of the first arm, and whether they are of a composite controller (1.5)."""
    one = found[0] if isinstance(found, list) and found else found
    if not isinstance(one, dict):
        return {}, False
    parts = one.get("body_parts")
    if not isinstance(parts, dict):
        return one, False
    arms = parts.get("arms", parts)
    named = [arms.get(side) for side in ("right", "left")] if isinstance(arms, dict) else []
    return next((arm for arm in named if isinstance(arm, dict)), {}), True


def _is_delta(controller: Mapping[str, Any]) -> bool:
    if "input_type" in controller:
        return bool(controller["input_type"] == "delta")
    return bool(controller.get("control_delta", True))


def _scales(controller: Mapping[str, Any]) -> dict[str, str]:
    """Returns what 1 is in a position and in a rotation, where the input's limits are -1 and 1."""
    out = controller.get("output_max")
    if controller.get("input_max") != 1 or out is None:
        return {}
    values = list(out) if isinstance(out, (list, tuple)) else [out] * 6
    if not all(isinstance(value, (int, float)) and value > 0 for value in values):
        return {}
    said = {"linear": f"{values[0]:g} m"}
    if len(values) > 3 and controller.get("type") != "OSC_POSITION":
        said["angular"] = f"{values[3]:g} rad"
    return said
