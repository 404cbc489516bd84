"""What ``state`` is made of: robosuite's own sensors, each read once a control step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sensor = Callable[[dict[str, "NDArray[Any]"]], Any]
"""Returns a reading, given those that were taken before it."""

WORLD_IN_HAND = "world_pose_in_gripper"
"""A reading that is no observable by itself: those that relate an object to the hand start from it."""


class Senses:
    """Reads named observables of a robosuite environment, and no others.

    They are those of robosuite, bit for bit, but for one matter. robosuite 1.5.2 reads the pose of an object
    in the hand's frame *before* it reads the object, so that this pose is made of two moments, and of zeros
    at first. Here what relates things to each other is read last.

    Args:
        sim_env: The robosuite environment.
        keys: Names of the observables, in order; with what relates two things, the things themselves.
    """

    def __init__(self, sim_env: Any, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        known: Mapping[str, Any] = sim_env._observables
        own: dict[str, Sensor] = _sensors_of_markers(sim_env) if sim_env.__class__.__name__ == "Wipe" else {}
        related = [key for key in self._keys if "_to_" in key]
        names = [key for key in self._keys if key not in related]
        if WORLD_IN_HAND in known:
            names.append(WORLD_IN_HAND)
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
