"""Policies that remember their episode in themselves: a copy for each lane, which share their weights."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .rows import Lanes
from .torch_random import RandomLanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np

    Arrays = Mapping[str, np.ndarray[Any, Any]]


class CopyLanes(Lanes):
    """A copy of a policy for each lane, which draws from the lane's own seed.

    Args:
        policy: As it was loaded; it is never called itself.
        shared: What all copies share, so that weights lie in memory once.
        begin: Prepares a copy for a new episode.
        call: Returns the answer of a copy to one row.
    """

    def __init__(
        self,
        policy: Any,
        shared: Iterable[Any],
        begin: Callable[[Any], object],
        call: Callable[[Any, Arrays], Any],
    ) -> None:
        self._policy, self._shared = policy, list(shared)
        self._begin, self._call = begin, call
        self._copies: dict[int, Any] = {}
        self._random: dict[int, RandomLanes] = {}

    def begin(self, lane: int, seed: int) -> None:
        """Prepares a lane's copy."""
        if lane not in self._copies:
            self._copies[lane] = one = copied(self._policy, self._shared)
            self._random[lane] = RandomLanes(lambda inputs: self._call(one, inputs))
        self._begin(self._copies[lane])
        self._random[lane].begin(lane, seed)

    def has_begun(self, lane: int) -> bool:
        """Returns whether a lane has a copy."""
        return lane in self._copies

    def call(self, lane: int, inputs: Arrays) -> Any:
        """Returns what a lane's copy returns."""
        return self._random[lane].call(lane, inputs)


def copied(policy: Any, shared: Iterable[Any]) -> Any:
    """Returns a copy of a policy that has nothing in common with it but what is `shared`."""
    return copy.deepcopy(policy, {id(one): one for one in shared})
