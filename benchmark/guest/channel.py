"""The wire between a worker and its policy process: two pipes for messages, shared memory for arrays.

A message is one byte of kind, four of length (little endian), and a payload. Observations and actions
never travel in messages: they lie in one memory file that both sides map.
"""

from __future__ import annotations

import mmap
import os
import select
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = struct.Struct("<cI")
MAX_MESSAGE = 1 << 20
ACTION_BYTES = 1 << 20
"""Room for the actions of one call: a batch of 8 lanes may send chunks of 16,384 numbers a lane."""
ALIGNMENT = 64

LOAD, TASK, RESET, ACT = b"l", b"t", b"r", b"a"
DONE, FAULT = b"d", b"f"


class ChannelClosedError(Exception):
    """The other side is gone."""


class ChannelTimeoutError(Exception):
    """The other side did not answer in time."""


class Channel:
    """Messages over a pair of pipe ends."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._poll = select.poll()
        self._poll.register(read_fd, select.POLLIN | select.POLLHUP)

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Sends a message.

        Raises:
            ChannelClosedError: Nobody reads any more.
        """
        data = HEAD.pack(kind, len(payload)) + payload
        try:
            while data:
                data = data[os.write(self._write_fd, data) :]
        except BrokenPipeError as error:
            raise ChannelClosedError from error

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytes]:
        """Returns the next message, kind and payload.

        Raises:
            ChannelClosedError: The other side is gone.
            ChannelTimeoutError: Nothing came within `timeout_s`.
        """
        if timeout_s is not None and not self._poll.poll(timeout_s * 1000):
            raise ChannelTimeoutError
        data = os.read(self._read_fd, 4096)
        while len(data) < HEAD.size:
            data += self._more()
        kind, length = HEAD.unpack_from(data)
        if length > MAX_MESSAGE:
            raise ChannelClosedError
        while len(data) < HEAD.size + length:
            data += self._more()
        return kind, data[HEAD.size :]

    def close(self) -> None:
        """Closes both ends."""
        os.close(self._read_fd)
        os.close(self._write_fd)

    def _more(self) -> bytes:
        data = os.read(self._read_fd, 65536)
        if not data:
            raise ChannelClosedError
        return data


class SharedArrays:
    """Arrays in a memory file: one block an observation field, then one for actions.

    Args:
        fd: Descriptor of the memory file; grown to fit.
        fields: Name, full shape and dtype of each observation array.
    """

    def __init__(self, fd: int, fields: Sequence[tuple[str, tuple[int, ...], str]]) -> None:
        sizes = [_aligned(int(np.prod(shape)) * np.dtype(dtype).itemsize) for _, shape, dtype in fields]
        total = ACTION_BYTES + sum(sizes)
        if os.fstat(fd).st_size < total:
            os.ftruncate(fd, total)
        self._map = mmap.mmap(fd, total)
        self.observations: dict[str, np.ndarray[Any, Any]] = {}
        offset = ACTION_BYTES
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
        if count * np.dtype(dtype).itemsize > ACTION_BYTES:
            raise ValueError(f"actions of shape {shape} are too large to send")
        return np.frombuffer(self._map, dtype=dtype, count=count).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
