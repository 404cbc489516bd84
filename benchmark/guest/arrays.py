"""Arrays in a memory file that two processes map: observations there, actions back, no copy between them."""

from __future__ import annotations

import mmap
import os
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


class SharedArrays:
    """Arrays in a memory file: one block for actions, then one an observation field.

    The block has room for the longest chunk in every row; what is not written to takes no memory.

    Args:
        fd: Descriptor of the memory file; grown to fit.
        width: Rows of every array.
        fields: The observation arrays.
        action: What an action of the task is.
    """

    def __init__(self, fd: int, width: int, fields: Fields, action: ActionLayout) -> None:
        sizes = [_aligned(int(np.prod(shape)) * np.dtype(dtype).itemsize) for _, shape, dtype in fields]
        self._width = width
        self._shape, self._dtype = tuple(action[0]), np.dtype(action[1])
        self._size = int(np.prod(self._shape))
        room = _aligned(width * MAX_CHUNK * self._size * self._dtype.itemsize)
        total = room + sum(sizes)
        if os.fstat(fd).st_size < total:
            os.ftruncate(fd, total)
        self._map = mmap.mmap(fd, total)
        self._actions: dict[int, np.ndarray[Any, Any]] = {}
        self.observations: dict[str, np.ndarray[Any, Any]] = {}
        offset = room
        for (name, shape, dtype), size in zip(fields, sizes):  # noqa: B905 - Python 3.8
            count = int(np.prod(shape))
            flat = np.frombuffer(self._map, dtype=dtype, count=count, offset=offset)
            self.observations[name] = flat.reshape(shape)
            offset += size

    def actions(self, length: int) -> np.ndarray[Any, Any]:
        """Returns the array of chunks of that length, up to `MAX_CHUNK`: ``(width, length, *shape)``."""
        if length not in self._actions:
            count = self._width * length * self._size
            flat = np.frombuffer(self._map, dtype=self._dtype, count=count)
            self._actions[length] = flat.reshape((self._width, length, *self._shape))
        return self._actions[length]


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
