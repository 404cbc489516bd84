"""The wire between a worker and its policy process: messages over two pipes.

A message is one byte of kind, four of length (little endian), and a payload. Observations and actions
never travel in messages, see `arrays`.
"""

from __future__ import annotations

import os
import select
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEAD = struct.Struct("<cI")
MAX_MESSAGE = 1 << 20
SLICE_S = 0.5
"""The longest single wait: one that took longer was this process's own absence, and counts as so long."""

LOAD, TASK, RESET, ACT = b"l", b"t", b"r", b"a"
HAND_OVER = b"o"
"""Said by a server alone: from now on its client asks, on the socket whose descriptor is the payload."""
DONE, FAULT = b"d", b"f"


class ChannelClosedError(Exception):
    """The other side is gone."""


class ChannelTimeoutError(Exception):
    """The other side did not answer in time."""


class ChannelBrokenError(Exception):
    """What came is no message, or came unasked: the two sides no longer understand each other."""


def pack_lanes(lanes: Sequence[int]) -> bytes:
    """Returns lane indices as the payload of `ACT`: two bytes each."""
    return struct.pack(f"<{len(lanes)}H", *lanes)


def unpack_lanes(payload: bytes) -> tuple[int, ...]:
    """Returns what `pack_lanes` was given."""
    return struct.unpack(f"<{len(payload) // 2}H", payload)


def _nobody_knows() -> bool:
    return True


class Channel:
    """Messages over a pair of pipe ends.

    Attributes:
        is_alive: Asked now and then during a long wait whether there is still anybody on the other side, for
            what that has started may hold its ends of the pipes.
    """

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.is_alive: Callable[[], bool] = _nobody_knows
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._poll = select.poll()
        self._poll.register(read_fd, select.POLLIN | select.POLLHUP)
        self._is_open = True

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

    def check_quiet(self) -> None:
        """Checks that nothing has come: who asks expects what comes afterwards to be the answer.

        Raises:
            ChannelBrokenError: Something was said unasked.
            ChannelClosedError: The other side is gone.
        """
        if self._poll.poll(0):
            if not os.read(self._read_fd, 1):
                raise ChannelClosedError
            raise ChannelBrokenError("something was said before it was asked for")

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytes]:
        """Returns the next message, kind and payload.

        Args:
            timeout_s: How long the whole message may take, None for ever. What counts is the time in which
                this process runs: one that was stopped meanwhile, as with Ctrl-Z, has not waited.

        Raises:
            ChannelClosedError: The other side is gone.
            ChannelTimeoutError: It did not come in time, or not to its end.
            ChannelBrokenError: It is no message, or more than one.
        """
        left_s = timeout_s
        data = b""
        needed = HEAD.size
        kind = b""
        while len(data) < needed:
            left_s = self._wait(left_s)
            more = os.read(self._read_fd, 65536)
            if not more:
                raise ChannelClosedError
            data += more
            if not kind and len(data) >= HEAD.size:
                kind, length = HEAD.unpack_from(data)
                if length > MAX_MESSAGE:
                    raise ChannelBrokenError(f"a message of {length} bytes; expected at most {MAX_MESSAGE}")
                needed += length
        if len(data) > needed:
            raise ChannelBrokenError(f"{len(data) - needed} bytes follow a message")
        return kind, data[HEAD.size :]

    def fileno(self) -> int:
        """Returns the descriptor to wait at for what the other side says."""
        return self._read_fd

    def close(self) -> None:
        """Closes both ends; a second time, nothing happens."""
        if self._is_open:
            self._is_open = False
            os.close(self._read_fd)
            os.close(self._write_fd)

    def _wait(self, left_s: float | None) -> float | None:
        """Waits until there is something to read; returns how much of the time is left."""
        while True:
            start = time.monotonic()
            is_there = self._poll.poll(None if left_s is None else 1000 * min(left_s, SLICE_S))
            if left_s is None:
                return None
            left_s -= min(time.monotonic() - start, SLICE_S)
            if is_there:
                return max(left_s, 0.0)
            if not self.is_alive():
                raise ChannelClosedError
            if left_s <= 0:
                raise ChannelTimeoutError
