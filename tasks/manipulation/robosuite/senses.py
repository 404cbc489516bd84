"""What ``state`` is made of: robosuite's sensors and some of our own, each read once a control step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sensor = Callable[[dict[str, "NDArray[Any]"]], Any]
"""Returns a reading, given those that were taken before it."""

IN_HAND = re.compile(r"(?P<thing>\w+)_to_(?P<robot>robot\d)_eef_(?P<part>pos|quat)")
"""The pose of a thing in the frame of a hand."""


class Senses:
    """Reads named observables of a robosuite environment, and no others.

    They are those of robosuite, bit for bit, but for two matters. robosuite 1.5.2 reads the pose of an object
    in the hand's frame *before* it reads the object, so that this pose is made of two moments, and of zeros
    at first; here what relates things to each other is read last. And robosuite computes such poses, and
    quaternions from rotation matrices, by single-precision products and eigenvectors of a linear-algebra
    library, whose last bits depend on the kernels that it picks for a processor; here they are computed by
    MuJoCo's own arithmetic in double precision, with robosuite's choice of sign (w is not negative), the same
    everywhere and equal to robosuite's up to rounding.

    Args:
        sim_env: The robosuite environment.
        keys: Names of the observables, in order; with what relates two things, the things themselves.
    """

    def __init__(self, sim_env: Any, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        known: Mapping[str, Any] = sim_env._observables
        own = _own_sensors(sim_env) | {
            key: _in_hand(found) for key in keys if (found := IN_HAND.fullmatch(key))
        }
        related = [key for key in self._keys if "_to_" in key]
        names = [key for key in self._keys if key not in related]
        self._sensors = [(name, own.get(name) or known[name]._sensor) for name in [*names, *related]]

    def read(self) -> dict[str, NDArray[Any]]:
        """Returns the observables by name, in order, each at least one-dimensional."""
        readings: dict[str, NDArray[Any]] = {}
        for name, sensor in self._sensors:
            readings[name] = np.array(sensor(readings), ndmin=1)
        return {key: readings[key] for key in self._keys}

    def slices(self) -> dict[str, slice]:
        """Returns where in ``state`` each observable lies."""
        ends = np.cumsum([np.size(reading) for reading in self.read().values()]).tolist()
        return {key: slice(a, b) for key, a, b in zip(self._keys, [0, *ends[:-1]], ends, strict=True)}


def _own_sensors(sim_env: Any) -> dict[str, Sensor]:
    """Returns the sensors of what robosuite has none of, or none of the same bits on every processor."""
    data = sim_env.sim.data._data
    match type(sim_env).__name__:
        case "Wipe":
            return _sensors_of_markers(sim_env)
        case "ToolHang":
            return {
                "base_quat": _turn_of(data.geom_xmat[sim_env.obj_geom_id["stand_base"]]),
                "frame_quat": _turn_of(data.site_xmat[sim_env.obj_site_id["frame_intersection_site"]]),
                "tool_quat": _turn_of(data.xmat[sim_env.obj_body_id["tool"]]),
            }
        case "TwoArmTransport":
            things = sim_env.transport
            return {
                "payload_quat": _turn_of(data.xmat[things.payload_body_id]),
                "trash_quat": _turn_of(data.xmat[things.trash_body_id]),
                "lid_handle_quat": _turn_of(data.geom_xmat[things.lid_handle_geom_ids[0]]),
            }
    return {}


def _turn_of(matrix: NDArray[Any]) -> Sensor:
    """Returns the sensor of a rotation as a quaternion (x, y, z, w), from a view (9,) of its matrix."""

    def quaternion(_: dict[str, NDArray[Any]]) -> NDArray[Any]:
        found = np.empty(4)
        mujoco.mju_mat2Quat(found, matrix)
        return _scalar_last(found)

    return quaternion


def _in_hand(key: re.Match[str]) -> Sensor:
    """Returns the sensor of where a thing is, or how it is turned, in the frame of a hand."""
    thing, hand = key["thing"], f"{key['robot']}_eef"

    def position(readings: dict[str, NDArray[Any]]) -> NDArray[Any]:
        offset = readings[f"{thing}_pos"] - readings[f"{hand}_pos"]
        mujoco.mju_rotVecQuat(found := np.empty(3), offset, to_hand(readings))
        return found

    def quaternion(readings: dict[str, NDArray[Any]]) -> NDArray[Any]:
        mujoco.mju_mulQuat(found := np.empty(4), to_hand(readings), _scalar_first(readings[f"{thing}_quat"]))
        return _scalar_last(found)

    def to_hand(readings: dict[str, NDArray[Any]]) -> NDArray[Any]:
        mujoco.mju_negQuat(inverse := np.empty(4), _scalar_first(readings[f"{hand}_quat"]))
        return inverse

    return position if key["part"] == "pos" else quaternion


def _scalar_first(quaternion: NDArray[Any]) -> NDArray[Any]:
    """Returns a quaternion (x, y, z, w) in MuJoCo's order."""
    return quaternion[[3, 0, 1, 2]]


def _scalar_last(quaternion: NDArray[Any]) -> NDArray[Any]:
    """Returns a quaternion (w, x, y, z) in robosuite's order, of the sign that makes w not negative."""
    return (quaternion if quaternion[0] >= 0.0 else -quaternion)[[1, 2, 3, 0]]


def _sensors_of_markers(sim_env: Any) -> dict[str, Sensor]:
    """Returns Wipe's sensors of what is left to wipe."""

    def left() -> NDArray[Any]:
        """Returns the positions (number left, 3) of the markers not wiped yet."""
        wiped = {id(marker) for marker in sim_env.wiped_markers}
        rows = [row for row, marker in zip(rows_of_markers, markers, strict=True) if id(marker) not in wiped]
        positions: NDArray[Any] = sim_env.sim.data._data.xpos[rows]
        return positions

    def radius(readings: dict[str, NDArray[Any]]) -> float:
        positions = left()
        readings["left"] = positions
        if len(positions) == 0:
            readings["wipe_centroid"] = np.zeros(3)
            return 0.0
        # Summed row by row, as robosuite does.
        readings["wipe_centroid"] = center = positions.sum(axis=0) / len(positions)
        return float(np.max(np.linalg.norm(positions - center, axis=1)))

    def centroid(readings: dict[str, NDArray[Any]]) -> NDArray[Any]:
        return readings["wipe_centroid"]

    def nearest(readings: dict[str, NDArray[Any]]) -> NDArray[Any]:
        offsets = readings["left"] - readings["robot0_eef_pos"]
        if len(offsets) == 0:
            return np.zeros(3)
        closest: NDArray[Any] = offsets[np.argmin(np.linalg.norm(offsets, axis=1))]
        return closest

    markers = sim_env.model.mujoco_arena.markers
    rows_of_markers = [sim_env.sim.model.body_name2id(marker.root_body) for marker in markers]
    return {"wipe_radius": radius, "wipe_centroid": centroid, "gripper_to_nearest_marker": nearest}
