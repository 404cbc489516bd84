"""Models that are functions of their inputs, called for all lanes: at once, in groups of rows, or row by row.

A record must not depend on who sits in the other lanes. A model that takes any number of rows always gets the
full width; one that was saved for a fixed number gets so many a call; one that draws random numbers is called
for one row at a time, each with numbers of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .mapping import FieldMapping

    Array = np.ndarray[Any, Any]
    Arrays = Mapping[str, Array]
    Call = Callable[[Arrays], Any]


class Lanes:
    """What differs from lane to lane: random numbers, or a memory. Each lane is called for itself."""

    def begin(self, lane: int, seed: int) -> None:
        """Starts an episode in a lane."""
        raise NotImplementedError

    def has_begun(self, lane: int) -> bool:
        """Returns whether an episode was ever started in a lane."""
        raise NotImplementedError

    def call(self, lane: int, inputs: Arrays) -> Any:
        """Returns what the model of a lane returns for one row."""
        raise NotImplementedError


class RowPolicy:
    """A policy of all lanes made of a model.

    Args:
        fields: Which field feeds which input.
        feed: Makes the inputs of observations.
        call: The model: of arrays with a row a lane, it returns the same.
        rows: How many rows it was saved for; None for any number.
        lanes: What differs from lane to lane; None where nothing does.
    """

    def __init__(
        self,
        fields: FieldMapping,
        feed: Callable[[Arrays], dict[str, Array]],
        call: Call,
        rows: int | None = None,
        lanes: Lanes | None = None,
    ) -> None:
        self.history, self.chunk = fields.history, fields.chunk
        self._fields, self._feed, self._call = fields, feed, call
        self._rows, self._lanes = rows, lanes

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Starts an episode in a lane."""
        if self._lanes is not None:
            self._lanes.begin(lane, seed)

    def act(self, observations: Arrays) -> Array:
        """Returns a row a lane."""
        inputs = self._feed(observations)
        if self._lanes is not None:
            returned = each_lane(self._lanes, inputs)
        elif self._rows is None:
            returned = self._call(inputs)
        else:
            returned = in_groups(self._call, inputs, self._rows)
        return self._fields.actions(returned)


def picked(returned: Any, output: str) -> Any:
    """Returns what holds the action: of a dictionary or a tuple that which was named, or the first."""
    if isinstance(returned, dict):
        return returned[output] if output else next(iter(returned.values()))
    if isinstance(returned, (tuple, list)):
        return returned[int(output or 0)]
    return returned


def in_groups(call: Call, inputs: Arrays, rows: int) -> Array:
    """Returns what a model of so many rows returns for any number of them; the last group is filled up."""
    width = len(next(iter(inputs.values())))
    found = []
    for start in range(0, width, rows):
        group = {name: _filled(values[start : start + rows], rows) for name, values in inputs.items()}
        found.append(np.asarray(call(group)))
    joined: Array = np.concatenate(found)
    return joined[:width]


def each_lane(lanes: Lanes, inputs: Arrays) -> Array:
    """Returns what the model returns for each lane, called one by one; zeros where no episode has begun."""
    width = len(next(iter(inputs.values())))
    found = {
        lane: np.asarray(lanes.call(lane, {name: values[lane : lane + 1] for name, values in inputs.items()}))
        for lane in range(width)
        if lanes.has_begun(lane)
    }
    nothing = np.zeros_like(next(iter(found.values())))
    return np.concatenate([found.get(lane, nothing) for lane in range(width)])


def _filled(values: Array, rows: int) -> Array:
    missing = rows - len(values)
    return values if not missing else np.concatenate([values, np.repeat(values[-1:], missing, 0)])
