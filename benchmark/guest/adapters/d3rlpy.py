"""Algorithms of d3rlpy: what its ``save`` wrote (``.d3``), played with one thread. Loading one unpickles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .mapping import FieldMapping, MappingError, ModelInput
from .rows import Lanes, RowPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Array = np.ndarray[Any, Any]
    Arrays = Mapping[str, Array]

NO_REWARD = 0.0
"""What a decision transformer is told of each step: a policy sees no rewards, so it pursues the same return
to the end. Where success is the only reward and ends the episode, that is what it would have been told."""


class Policy(RowPolicy):
    """An algorithm; its greedy actions are played, for all lanes at once.

    A decision transformer remembers its episode: each lane has a memory of its own, and is called alone.

    Args:
        path: The file.
        mapping: See `FieldMapping`. Several inputs are called as the task's fields, in their order, as in the
            data that this project exports.
        target_return: Of a decision transformer, the return that it pursues.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any], target_return: float | None = None) -> None:
        import torch

        torch.set_num_threads(1)
        fields = FieldMapping(mapping)
        algorithm = load(path)
        inputs = inputs_of(algorithm.impl.observation_shape, list(fields.task["observation"]))
        names = [one.name for one in inputs]

        def call(arrays: Arrays) -> Any:
            return algorithm.predict(seen(arrays, names))

        lanes = None
        if hasattr(algorithm, "as_stateful_wrapper"):
            if target_return is None:
                raise MappingError(
                    "a decision transformer pursues a return; say which in submission.toml: "
                    "arguments.target_return = 1.0"
                )
            lanes = TransformerLanes(lambda: transformer(algorithm, target_return), names)
        super().__init__(fields, fields.bind(inputs), call, lanes=lanes)


class TransformerLanes(Lanes):
    """A memory for each lane, of one decision transformer.

    Args:
        make: Makes one.
        names: Of the inputs, in their order.
    """

    def __init__(self, make: Callable[[], Any], names: Sequence[str]) -> None:
        self._make, self._names = make, names
        self._memories: dict[int, Any] = {}

    def begin(self, lane: int, seed: int) -> None:
        """Empties a lane's memory."""
        self._memories[lane] = self._make()

    def has_begun(self, lane: int) -> bool:
        """Returns whether a lane has a memory."""
        return lane in self._memories

    def call(self, lane: int, inputs: Arrays) -> Any:
        """Returns the action of one row."""
        row = {name: values[0] for name, values in inputs.items()}
        return np.asarray(self._memories[lane].predict(seen(row, self._names), NO_REWARD))[None]


def load(path: str) -> Any:
    """Returns an algorithm, on the processor."""
    import d3rlpy

    return d3rlpy.load_learnable(path, device=False)


def transformer(algorithm: Any, target_return: float) -> Any:
    """Returns the memory of a decision transformer that pursues a return, and acts greedily."""
    import d3rlpy

    discrete = algorithm.get_action_type() is d3rlpy.ActionSpace.DISCRETE
    sampler = d3rlpy.algos.GreedyTransformerActionSampler() if discrete else None
    return algorithm.as_stateful_wrapper(target_return, sampler)


def inputs_of(shape: Sequence[Any], fields: Sequence[str]) -> list[ModelInput]:
    """Returns the inputs of an algorithm: one, or where it was trained on a tuple one an entry.

    Raises:
        MappingError: The tuple is longer or shorter than the task has fields.
    """
    if not shape or not isinstance(shape[0], (list, tuple)):
        return [ModelInput("observation", tuple(shape))]
    if len(shape) != len(fields):
        raise MappingError(
            f"the model takes a tuple of {len(shape)} arrays, one a field in the task's order; the task has "
            f"{len(fields)}: {', '.join(fields)}"
        )
    return [ModelInput(name, tuple(one)) for name, one in zip(fields, shape)]  # noqa: B905 - Python 3.8


def seen(arrays: Arrays, names: Sequence[str]) -> Any:
    """Returns what the library takes: an array, or a list of them."""
    return [arrays[name] for name in names] if len(names) > 1 else arrays[names[0]]
