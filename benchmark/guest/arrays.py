"""Arrays in a memory file that two processes map: observations there, actions back, no copy between them."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from .answers import MAX_CHUNK

if TYPE_CHECKING:
    from collections.abc import Sequence

    Fields = Sequence[tuple[str, tuple[int, ...], str]]
    """Name, full shape and dtype of each observation array."""

    ActionLayout = tuple[tuple[int, ...], str]
    """Shape and dtype of one action."""

ALIGNMENT = 64


def memory_size(width: int, fields: Fields, action: ActionLayout) -> int:
    """Returns how many bytes the arrays take; what is not written to takes no memory."""
    return _action_room(width, action) + sum(map(_field_room, fields))


class SharedArrays:
    """Arrays in a memory file: one block for actions, then one an observation field.

    The block has room for the longest chunk in every row.

    Args:
        fd: Descriptor of the memory file, which has its size (`memory_size`).
        width: Rows of every array.
        fields: The observation arrays.
        action: What an action of the task is.
    """

    def __init__(self, fd: int, width: int, fields: Fields, action: ActionLayout) -> None:
        self._width = width
        self._shape, self._dtype = tuple(action[0]), np.dtype(action[1])
        self._size = int(np.prod(self._shape))
        self._map = mmap.mmap(fd, memory_size(width, fields, action))
        self._actions: dict[int, np.ndarray[Any, Any]] = {}
        self.observations: dict[str, np.ndarray[Any, Any]] = {}
        offset = _action_room(width, action)
        for field in fields:
            name, shape, dtype = field
            flat = np.frombuffer(self._map, dtype=dtype, count=int(np.prod(shape)), offset=offset)
            self.observations[name] = flat.reshape(shape)
            offset += _field_room(field)

    def actions(self, length: int) -> np.ndarray[Any, Any]:
        """Returns the array of chunks of that length, up to `MAX_CHUNK`: ``(width, length, *shape)``."""
        if length not in self._actions:
            count = self._width * length * self._size
            flat = np.frombuffer(self._map, dtype=self._dtype, count=count)
            self._actions[length] = flat.reshape((self._width, length, *self._shape))
        return self._actions[length]


def _action_room(width: int, action: ActionLayout) -> int:
    shape, dtype = action
    return _aligned(width * MAX_CHUNK * int(np.prod(shape)) * np.dtype(dtype).itemsize)


def _field_room(field: tuple[str, tuple[int, ...], str]) -> int:
    _, shape, dtype = field
    return _aligned(int(np.prod(shape)) * np.dtype(dtype).itemsize)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
