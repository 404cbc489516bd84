"""Random numbers of torch, a sequence of its own for each lane: its layers draw from one generator alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .rows import Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Array = np.ndarray[Any, Any]


class RandomLanes(Lanes):
    """Calls a model for one lane at a time, whose seed it draws from. NumPy's own generator is treated alike.

    Args:
        call: The model.
    """

    def __init__(self, call: Callable[[Mapping[str, Array]], Any]) -> None:
        self._call = call
        self._states: dict[int, Any] = {}

    def begin(self, lane: int, seed: int) -> None:
        """Seeds a lane."""
        import torch

        numbers = np.random.RandomState(seed % 2**32).get_state()
        self._states[lane] = torch.Generator().manual_seed(seed % 2**63).get_state(), numbers

    def has_begun(self, lane: int) -> bool:
        """Returns whether a lane was ever seeded."""
        return lane in self._states

    def call(self, lane: int, inputs: Mapping[str, Array]) -> Any:
        """Returns what the model returns, drawn from the lane's own numbers."""
        import torch

        outer = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - the library draws from it
        state, numbers = self._states[lane]
        torch.set_rng_state(state)
        np.random.set_state(numbers)  # noqa: NPY002
        try:
            return self._call(inputs)
        finally:
            self._states[lane] = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
            torch.set_rng_state(outer[0])
            np.random.set_state(outer[1])  # noqa: NPY002
