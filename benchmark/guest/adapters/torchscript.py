"""Modules that TorchScript saved, played with one thread.

A TorchScript file is a program: loading and calling it runs its operations, among them those that read and
write files, though no Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mapping import FieldMapping, ModelInput
from .rows import Lanes, RowPolicy, picked
from .torch_random import RandomLanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]


class Policy(RowPolicy):
    """A scripted or traced module.

    One with a method ``reset()`` has a memory, so that each lane has a copy of its own, which is called with
    one row; so is one that draws random numbers.

    Args:
        path: The file.
        mapping: See `FieldMapping`; its `output` is the key of a dictionary, or the index of a tuple.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any]) -> None:
        import torch

        torch.set_num_threads(1)
        fields = FieldMapping(mapping)
        module = load(path)
        names = [one.name for one in module.forward.schema.arguments[1:] if not one.has_default_value()]
        feed = fields.bind([ModelInput(name) for name in names])

        def caller(of: Any) -> Callable[[Mapping[str, Array]], Any]:
            return lambda arrays: called(of, arrays, names, fields.output)

        call = caller(module)
        lanes: Lanes | None = None
        if hasattr(module, "reset"):
            lanes = ModuleLanes(lambda: load(path), caller)
        elif any(node.isNondeterministic() for node in _nodes(module.inlined_graph)):
            lanes = RandomLanes(call)
        super().__init__(fields, feed, call, None, lanes)


class ModuleLanes(Lanes):
    """A module for each lane, which remembers its episode; torch's generator is seeded with it.

    Args:
        make: Makes one.
        caller: Returns what calls it.
    """

    def __init__(self, make: Callable[[], Any], caller: Callable[[Any], Any]) -> None:
        self._make, self._caller = make, caller
        self._modules: dict[int, Any] = {}
        self._random: dict[int, RandomLanes] = {}

    def begin(self, lane: int, seed: int) -> None:
        """Resets a lane's module."""
        if lane not in self._modules:
            self._modules[lane] = self._make()
            self._random[lane] = RandomLanes(self._caller(self._modules[lane]))
        self._modules[lane].reset()
        self._random[lane].begin(lane, seed)

    def has_begun(self, lane: int) -> bool:
        """Returns whether a lane has a module."""
        return lane in self._modules

    def call(self, lane: int, inputs: Mapping[str, Array]) -> Any:
        """Returns what a lane's module returns."""
        return self._random[lane].call(lane, inputs)


def load(path: str) -> Any:
    """Returns a module, ready to be called."""
    import torch

    return torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]


def called(module: Any, arrays: Mapping[str, Array], names: list[str], output: str) -> Array:
    """Returns the output of a module, whose inputs are given by place."""
    import torch

    with torch.inference_mode():
        returned = module(*(torch.from_numpy(arrays[name]) for name in names))
    return picked(returned, output).numpy()  # type: ignore[no-any-return]


def _nodes(graph: Any) -> Iterator[Any]:
    """Yields every node of a graph, those of its blocks included."""
    for node in graph.nodes():
        yield node
        for block in node.blocks():
            yield from _nodes(block)
