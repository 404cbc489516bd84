"""What stands where in robomimic's vector ``object``, which is robosuite's ``object-state`` without names.

Its order is that of robosuite's sensors, and changed between 1.4 and 1.5 without a change of length. Both
orders were measured by setting robosuite 1.4.1 and 1.5.2 to the same simulator states; the parts mean the
same in both but for two matters:

- Lift's ``gripper_to_cube_pos`` points from the hand to the cube in 1.5, from the cube to the hand before;
- 1.5 reads the pose of an object in the hand's frame before it reads the object itself, so that this pose is
  a control step late and zero at first (Can, Square, Tool Hang). It is computed anew from what was recorded
  of object and hand at the same moment.

Every vector is checked against the recorded hand, which tells an order that is not the file's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from ilbench.demonstrations import InvalidArchiveError
from ilbench.tasks.manipulation.robosuite.declaring import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

VECTOR = "object"
TOLERANCE_M = 0.05
"""A hand moves less in the control step by which some recordings are late."""

UNTOUCHED_M = 0.05
"""How far a hand goes at the start of an episode without touching anything."""

IN_HAND = re.compile(r"(?P<name>\w+)_to_robot(?P<arm>\d)_eef_(?P<part>pos|quat)")
FROM_HAND = re.compile(r"gripper(?P<arm>\d?)_to_(?P<name>\w+?)(?:_pos)?")


def _held(*names: str, late: bool = False) -> tuple[str, ...]:
    """Returns the parts of objects whose poses are given in the world and in the hand's frame."""
    world = ("{}_pos", "{}_quat")
    hand = ("{}_to_robot0_eef_pos", "{}_to_robot0_eef_quat")
    return tuple(
        part.format(name) for name in names for part in ((*hand, *world) if late else (*world, *hand))
    )


_CUBES = ("cubeA_pos", "cubeA_quat", "cubeB_pos", "cubeB_quat")
_TO_CUBES = ("gripper_to_cubeA", "gripper_to_cubeB")
_TO_DOOR = ("door_to_eef_pos", "handle_to_eef_pos")
_HUNG = ("frame_is_assembled", "tool_on_frame")
_HANDED = tuple(f"{name}_{part}" for name in ("payload", "trash", "lid_handle") for part in ("pos", "quat"))
_BINS = ("target_bin_pos", "trash_bin_pos")
_IN_BINS = ("payload_in_target_bin", "trash_in_trash_bin")
_TO_HANDED = ("gripper0_to_payload", "gripper0_to_lid_handle", "gripper1_to_payload", "gripper1_to_trash")
_LIFT = ("cube_pos", "cube_quat", "gripper_to_cube_pos")
_POT = ("pot_pos", "pot_quat", "handle0_xpos", "handle1_xpos", "gripper0_to_handle0", "gripper1_to_handle1")

ORDERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Lift": (_LIFT, _LIFT),
    "Stack": ((*_CUBES, *_TO_CUBES, "cubeA_to_cubeB"), (*_CUBES, "cubeA_to_cubeB", *_TO_CUBES)),
    "PickPlaceCan": (_held("Can"), _held("Can", late=True)),
    "NutAssemblySquare": (_held("SquareNut"), _held("SquareNut", late=True)),
    "Door": (
        ("door_pos", "handle_pos", *_TO_DOOR, "hinge_qpos", "handle_qpos"),
        ("door_pos", "handle_pos", "hinge_qpos", *_TO_DOOR, "handle_qpos"),
    ),
    "ToolHang": (
        (*_held("base", "frame", "tool"), *_HUNG),
        (*_held("base", "frame", "tool", late=True), *_HUNG),
    ),
    "TwoArmTransport": (
        (*_HANDED, *_BINS, *_TO_HANDED, *_IN_BINS),
        (*_HANDED, *_BINS, *_IN_BINS, *_TO_HANDED),
    ),
    "TwoArmLift": (_POT, _POT),
}
"""By robosuite environment, the parts of ``object-state`` in order: until robosuite 1.4, and since 1.5."""


def named_observables(
    env_name: str, recorded: Mapping[str, NDArray[np.float64]], *, old: bool, place: str
) -> dict[str, NDArray[np.float64]]:
    """Returns recorded observations by robosuite's names, as robosuite 1.5 means them.

    Args:
        env_name: A key of `ORDERS`.
        recorded: Arrays (T, size) by their keys in the file; those with a name of their own stay as they are.
        old: Whether robosuite 1.4 or an earlier one observed them.
        place: Whose they are, for messages.

    Raises:
        InvalidArchiveError: ``object`` has another length, or says something else than its parts should.
    """
    if VECTOR not in recorded:
        return dict(recorded)
    parts = _parts(env_name, recorded[VECTOR], old, place)
    hands = {key: value for key, value in recorded.items() if key != VECTOR}
    if old and env_name == "Lift":
        parts["gripper_to_cube_pos"] = -parts["gripper_to_cube_pos"]
    _check({**parts, **hands}, f"{place}: field 'obs/{VECTOR}'", "1.4" if old else "1.5")
    if not old:
        parts |= _in_hand({**parts, **hands})
    return {**parts, **hands}


def _parts(
    env_name: str, vector: NDArray[np.float64], old: bool, place: str
) -> dict[str, NDArray[np.float64]]:
    names = ORDERS[env_name][0 if old else 1]
    ends = list(accumulate(len(components(name)) for name in names))
    if vector.shape[1:] != (ends[-1],):
        raise InvalidArchiveError(
            f"{place}: field 'obs/{VECTOR}': expected {ends[-1]} numbers a step, as {env_name} has, found "
            f"shape {vector.shape}"
        )
    return {name: vector[:, a:b] for name, a, b in zip(names, [0, *ends[:-1]], ends, strict=True)}


def _in_hand(known: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Returns the poses in the hand's frame, each from object and hand at the same moment."""
    found = {}
    for key in known:
        match = IN_HAND.fullmatch(key)
        if match is None or f"robot{match['arm']}_eef_quat" not in known:
            continue
        hand = known[f"robot{match['arm']}_eef_quat"] * [-1.0, -1.0, -1.0, 1.0]  # the inverse rotation
        if match["part"] == "pos":
            offset = known[f"{match['name']}_pos"] - known[f"robot{match['arm']}_eef_pos"]
            found[key] = _turned(hand, offset)
        else:
            product = _product(hand, known[f"{match['name']}_quat"])
            found[key] = product * np.where(product[:, 3:] < 0.0, -1.0, 1.0)  # robosuite's choice of two
    return found


def _check(known: Mapping[str, NDArray[np.float64]], place: str, version: str) -> None:
    """Raises `InvalidArchiveError` unless quaternions and relations to the hand are what they are called."""
    for key, value in known.items():
        if key.endswith("_quat") and "_to_" not in key:
            lengths = np.linalg.norm(value, axis=1)
            if np.any(np.abs(lengths - 1.0) > 0.01):
                raise InvalidArchiveError(
                    f"{place}: in the order of robosuite {version}, {key} should be quaternions of length 1; "
                    f"found {lengths.min():g} to {lengths.max():g}"
                )
        problem = _problem(key, known)
        if problem:
            raise InvalidArchiveError(
                f"{place}: in the order of robosuite {version}, {problem}; does env_version tell the truth?"
            )


def _problem(key: str, known: Mapping[str, NDArray[np.float64]]) -> str | None:
    """Returns what is wrong with what relates an object to a hand, or None."""
    held, free = IN_HAND.fullmatch(key), FROM_HAND.fullmatch(key)
    match = held or free
    hand = known.get(f"robot{match['arm'] or 0}_eef_pos") if match else None
    there = known.get(f"{match['name']}_pos", known.get(f"{match['name']}_xpos")) if match else None
    if hand is None or there is None:
        return None
    if free:
        error = float(np.median(np.linalg.norm(known[key] - (there - hand), axis=1)))
        return f"{key} is {error:.2f} m off what hand and object say" if error > TOLERANCE_M else None
    # A hand that points down exchanges world and hand frame, so positions do not tell them apart. But what
    # has not been touched yet rests in the world.
    untouched = int(np.searchsorted(np.cumsum(_steps(hand)), UNTOUCHED_M)) + 1
    moved, passed = _steps(there)[:untouched].sum(), _steps(known[key])[:untouched].sum()
    if key.endswith("_pos") and moved > passed:
        return f"{key.partition('_to_')[0]}_pos moves before it is touched, and {key} less than that"
    return None


def _steps(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how far a point went between rows, (T - 1,)."""
    lengths: NDArray[np.float64] = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    return lengths


def _product(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns products of quaternions (T, 4), each (x, y, z, w)."""
    a, b = left[:, :3], right[:, :3]
    vector = left[:, 3:] * b + right[:, 3:] * a + np.cross(a, b)
    scalar = left[:, 3] * right[:, 3] - np.sum(a * b, axis=1)
    return np.hstack([vector, scalar[:, None]])


def _turned(quaternions: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns vectors (T, 3) turned by unit quaternions (T, 4)."""
    axes = quaternions[:, :3]
    across = 2.0 * np.cross(axes, vectors)
    turned: NDArray[np.float64] = vectors + quaternions[:, 3:] * across + np.cross(axes, across)
    return turned
