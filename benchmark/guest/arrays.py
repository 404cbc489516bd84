"""Arrays in a memory file that two processes map: observations there, actions back, no copy between them."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Fields = Sequence[tuple[str, tuple[int, ...], str]]
    """Name, full shape and dtype of each observation array."""

ROW_ACTION_BYTES = 1 << 17
"""Room for the actions of one lane and call: a chunk of 16,384 numbers of 8 bytes. What is not written to
takes no memory."""
ALIGNMENT = 64


class SharedArrays:
    """Arrays in a memory file: one block for actions, then one an observation field.

    Args:
        fd: Descriptor of the memory file; grown to fit.
        width: Rows of every array.
        fields: The observation arrays.
    """

    def __init__(self, fd: int, width: int, fields: Fields) -> None:
        sizes = [_aligned(int(np.prod(shape)) * np.dtype(dtype).itemsize) for _, shape, dtype in fields]
        self._room = width * ROW_ACTION_BYTES
        total = self._room + sum(sizes)
        if os.fstat(fd).st_size < total:
            os.ftruncate(fd, total)
        self._map = mmap.mmap(fd, total)
        self.observations: dict[str, np.ndarray[Any, Any]] = {}
        offset = self._room
        for (name, shape, dtype), size in zip(fields, sizes, strict=True):
            count = int(np.prod(shape))
            flat = np.frombuffer(self._map, dtype=dtype, count=count, offset=offset)
            self.observations[name] = flat.reshape(shape)
            offset += size

    def actions(self, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
        """Returns the array over the action block.

        Raises:
            ValueError: The array does not fit.
        """
        count = int(np.prod(shape))
        if count * np.dtype(dtype).itemsize > self._room:
            raise ValueError(f"actions of shape {shape} are too large to send")
        return np.frombuffer(self._map, dtype=dtype, count=count).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
