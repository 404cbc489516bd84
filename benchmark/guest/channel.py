"""The wire between a worker and its policy process: messages over two pipes.

A message is one byte of kind, four of length (little endian), and a payload. Observations and actions
never travel in messages, see `arrays`.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Sequence

HEAD = struct.Struct("<cI")
MAX_MESSAGE = 1 << 20

LOAD, TASK, RESET, ACT = b"l", b"t", b"r", b"a"
DONE, FAULT = b"d", b"f"


class ChannelClosedError(Exception):
    """The other side is gone."""


class ChannelTimeoutError(Exception):
    """The other side did not answer in time."""


def pack_lanes(lanes: Sequence[int]) -> bytes:
    """Returns lane indices as the payload of `ACT`: two bytes each."""
    return struct.pack(f"<{len(lanes)}H", *lanes)


def unpack_lanes(payload: bytes) -> tuple[int, ...]:
    """Returns what `pack_lanes` was given."""
    return struct.unpack(f"<{len(payload) // 2}H", payload)


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
