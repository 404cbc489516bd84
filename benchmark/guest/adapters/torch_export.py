"""Programs that ``torch.export`` saved, played with one thread.

Loading one can run code: torch reads weights without running any where it can, and unpickles them freely
where it cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mapping import FieldMapping, ModelInput
from .rows import RowPolicy, picked
from .torch_random import RandomLanes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]


class Policy(RowPolicy):
    """An exported program.

    Args:
        path: The file.
        mapping: See `FieldMapping`; its `output` is the key of a dictionary, or the index of a tuple.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any]) -> None:
        import torch
        from torch.utils import _pytree

        torch.set_num_threads(1)
        fields = FieldMapping(mapping)
        program = torch.export.load(path)
        module, tree = program.module(), program.call_spec.in_spec
        inputs, rows = inputs_of(program)
        names = [one.name for one in inputs]

        def call(arrays: Mapping[str, Array]) -> Any:
            args, kwargs = _pytree.tree_unflatten([torch.from_numpy(arrays[name]) for name in names], tree)
            with torch.inference_mode():
                return picked(module(*args, **kwargs), fields.output).numpy()

        feed = fields.bind(inputs)
        lanes = RandomLanes(call) if draws(program) else None
        super().__init__(fields, feed, call, rows, lanes)


def inputs_of(program: Any) -> tuple[list[ModelInput], int | None]:
    """Returns the inputs of a program in their order, and the rows that it was exported for, if so many.

    What is inside of a dictionary is called by its key.
    """
    from torch.utils import _pytree

    signature = program.graph_signature
    values = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    names = [str(name) for name in signature.user_inputs]
    tree = _pytree.tree_unflatten(names, program.call_spec.in_spec)
    paths, _ = _pytree.tree_flatten_with_path(tree)
    inputs = []
    for path, name in paths:
        shape = [size if isinstance(size, int) else None for size in values[name].shape]
        dtype = str(values[name].dtype).rpartition(".")[2]
        inputs.append(ModelInput(_called(path, name), tuple(shape[1:]), dtype))
    first = values[names[0]].shape[0] if names else None
    return inputs, first if isinstance(first, int) else None


def draws(program: Any) -> bool:
    """Returns whether a program draws random numbers."""
    import torch

    tag = torch.Tag.nondeterministic_seeded
    return any(tag in getattr(node.target, "tags", ()) for node in program.graph.nodes)


def _called(path: Sequence[Any], name: str) -> str:
    key = getattr(path[-1], "key", None)
    return key if isinstance(key, str) else name
