"""Functions that ``jax.export`` serialized. Loading one runs no code of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .mapping import FieldMapping, ModelInput
from .rows import RowPolicy, picked

if TYPE_CHECKING:
    from collections.abc import Mapping

    Array = np.ndarray[Any, Any]


class Policy(RowPolicy):
    """A serialized function, which is deterministic: its parameters are inside, and what it draws is not.

    It is called for one row at a time, which stands in all rows of a function that was exported for several:
    XLA's products of matrices round by the place of a row among the others.

    Args:
        path: The file: what ``jax.export.export(jax.jit(function))(…).serialize()`` returned.
        mapping: See `FieldMapping`; its `output` is the key of a dictionary, or the index of a tuple.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any]) -> None:
        import jax
        from jax import export

        fields = FieldMapping(mapping)
        exported = export.deserialize(bytearray(Path(path).read_bytes()))
        tree = exported.in_tree
        inputs, rows = inputs_of(exported)
        names = [one.name for one in inputs]
        function = jax.jit(exported.call)

        def call(arrays: Mapping[str, Array]) -> Any:
            leaves = [np.repeat(arrays[name], rows or 1, 0) for name in names]
            args, kwargs = jax.tree_util.tree_unflatten(tree, leaves)
            return np.asarray(picked(function(*args, **kwargs), fields.output))[:1]

        super().__init__(fields, fields.bind(inputs), call, 1)


def inputs_of(exported: Any) -> tuple[list[ModelInput], int | None]:
    """Returns the inputs of a function in their order, and the rows that it was exported for, if so many.

    What is inside of a dictionary is called by its key, the others ``input 0``, ``input 1``, ….
    """
    from jax import tree_util

    values = exported.in_avals
    tree = tree_util.tree_unflatten(exported.in_tree, list(range(len(values))))
    inputs = []
    for path, index in tree_util.tree_flatten_with_path(tree)[0]:
        key = getattr(path[-1], "key", None)
        shape = [size if isinstance(size, int) else None for size in values[index].shape]
        name = key if isinstance(key, str) else f"input {index}"
        inputs.append(ModelInput(name, tuple(shape[1:]), str(values[index].dtype)))
    first = values[0].shape[0] if values and values[0].shape else None
    return inputs, first if isinstance(first, int) else None
