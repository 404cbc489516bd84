"""Messages over a TCP connection, with or without TLS.

They are those of `ilbench.guest.channel`: a byte of kind, four of length, a payload. What lies in shared
memory on one machine travels here: rows of observations in an `ACT`, of actions in its answer. Rows
are read into the arrays and sent out of them as they lie there. Nothing is unpickled or evaluated.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import ssl
import struct
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from ..channel import (
    ACT,
    DONE,
    FAULT,
    HEAD,
    MAX_MESSAGE,
    SLICE_S,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelTimeoutError,
    unpack_lanes,
)
from ..spinning import Spin
from .rows import TravelingRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..arrays import SharedArrays

HELLO, BUSY, ENDED = b"h", b"b", b"e"
"""Kinds that pipes do not need: the greeting; no place is free; how the policy's process came to its end."""

BUFFER = 1 << 16
SEND_S = 60.0
"""How long the other side may take nothing of what is sent to it."""
NUM_LANES = struct.Struct("<H")
NUM_PACKED = struct.Struct("<I")
KEEPALIVE = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4))
"""A side that is gone without a word is missed after 40 s, where the system lets this be said."""

_NO_WAIT = int(socket.MSG_DONTWAIT)
_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)
"""Made once: the flags of sockets are enumerations, and take as long to be added as the system's call."""
_SLICE = struct.pack("ll", int(SLICE_S), int(SLICE_S % 1 * 1e6))


def _nobody_knows() -> bool:
    return True


class SocketChannel:
    """Messages over a connected socket.

    Attributes:
        is_alive: Asked now and then during a long wait whether to go on waiting.

    Args:
        sock: The socket, which from now on is the channel's.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.is_alive: Callable[[], bool] = _nobody_knows
        self._sock = sock
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._buffer = memoryview(bytearray(BUFFER))
        self._start = self._end = 0
        self._left_s: float | None = None
        self._rows: TravelingRows | None = None
        self._is_open = True
        self._spin = None if self._is_tls else Spin()  # what comes by TLS cannot be looked at
        if self._is_tls:
            sock.settimeout(SLICE_S)
        else:  # the kernel waits, which saves asking it whether there is something
            sock.settimeout(None)
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                sock.setsockopt(socket.SOL_SOCKET, option, _SLICE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def carry(self, arrays: SharedArrays, width: int) -> None:
        """Has rows travel from now on: observations with each `ACT`, actions with its answer."""
        self._rows = TravelingRows(arrays, width)

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Sends a message; an `ACT` with the observations of its lanes.

        Raises:
            ChannelClosedError: Nobody reads any more.
        """
        if kind == ACT and self._rows is not None:
            lanes = unpack_lanes(payload)
            self._send(kind, [NUM_LANES.pack(len(lanes)) + payload, *self._rows.ask(lanes)])
            return
        if self._rows is not None:
            self._rows.asked = ()
        self._send(kind, [payload])

    def answer(self, kind: bytes, payload: bytes) -> None:
        """Sends the answer to what was received last; that to an `ACT` with the actions.

        Raises:
            ChannelClosedError: Nobody reads any more.
        """
        if kind == DONE and self._rows is not None and self._rows.asked:
            self._send(kind, [NUM_PACKED.pack(len(payload)) + payload, *self._rows.answer(payload)])
        else:
            self.send(kind, payload)

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytes]:
        """Returns kind and payload of the next message; rows in it are in the arrays then, and in no payload.

        Args:
            timeout_s: See `ilbench.guest.channel.Channel.receive`.

        Raises:
            ChannelClosedError: The other side is gone, or the connection to it.
            ChannelTimeoutError: It did not come in time, or not to its end.
            ChannelBrokenError: It is no message, not of the size that it has to have, or more than one.
        """
        self._left_s = timeout_s
        kind, length = HEAD.unpack(self._read(HEAD.size))
        if self._rows is not None and kind == ACT:
            payload = self._read_question(self._rows, length)
        elif self._rows is not None and kind == DONE and self._rows.asked:
            payload = self._read_answer(self._rows, length)
        else:
            if length > MAX_MESSAGE:
                raise ChannelBrokenError(f"a message of {length} bytes; expected at most {MAX_MESSAGE}")
            payload = self._read(length)
        if self._start < self._end:
            raise ChannelBrokenError(f"{self._end - self._start} bytes follow a message")
        return kind, payload

    def check_quiet(self) -> None:
        """Checks that nothing has come, see `ilbench.guest.channel.Channel.check_quiet`.

        Raises:
            ChannelBrokenError: Something was said unasked.
            ChannelClosedError: The other side is gone.
        """
        if self._said_something():
            raise ChannelBrokenError("something was said before it was asked for")

    def is_open(self) -> bool:
        """Returns whether the other side is there, as far as that can be told at once, and silent."""
        try:
            return not self._said_something()
        except ChannelClosedError:
            return False

    def fileno(self) -> int:
        """Returns the descriptor of the socket."""
        return self._sock.fileno()

    def can_be_handed_over(self) -> bool:
        """Returns whether another process can go on with the connection: TLS is a state of this one.

        Who hands it over has to see when the client leaves without reading what it says: Linux can.
        """
        return not self._is_tls and hasattr(select, "POLLRDHUP")

    def close(self) -> None:
        """Closes the connection; a second time, nothing happens."""
        if self._is_open:
            self._is_open = False
            self._sock.close()

    def abort(self) -> None:
        """Ends the connection for both directions at once, whoever uses it at the moment."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._sock.shutdown(socket.SHUT_RDWR)

    def _said_something(self) -> bool:
        if self._start < self._end:
            return True
        try:
            if self._is_tls:
                # Bytes that came may be a message of TLS alone, so it has to be asked for what is in them.
                self._sock.settimeout(0)
                count = self._sock.recv_into(self._buffer)
                self._start, self._end = 0, count
            else:
                count = self._sock.recv_into(self._buffer, 1, _PEEK)
        except OSError as error:
            if _is_pause(error):
                return False
            raise ChannelClosedError(_why(error)) from error
        finally:
            if self._is_tls and self._is_open:
                self._sock.settimeout(SLICE_S)
        if not count:
            raise ChannelClosedError("it closed the connection")
        return True

    def _read_question(self, rows: TravelingRows, length: int) -> bytes:
        (count,) = NUM_LANES.unpack(self._read(NUM_LANES.size))
        if not 1 <= count <= rows.width:
            raise ChannelBrokenError(f"{count} lanes; expected 1 to {rows.width}")
        payload = self._read(2 * count)
        pieces = rows.question(unpack_lanes(payload))
        expected = NUM_LANES.size + 2 * count + sum(map(len, pieces))
        if length != expected:
            raise ChannelBrokenError(f"observations in {length} bytes; expected {expected}")
        for piece in pieces:
            self._read_into(piece)
        return payload

    def _read_answer(self, rows: TravelingRows, length: int) -> bytes:
        if length < NUM_PACKED.size:
            raise ChannelBrokenError(f"an answer of {length} bytes; expected at least {NUM_PACKED.size}")
        (size,) = NUM_PACKED.unpack(self._read(NUM_PACKED.size))
        if size > min(MAX_MESSAGE, length - NUM_PACKED.size):
            raise ChannelBrokenError(f"an answer of {size} bytes in a message of {length}")
        packed = self._read(size)
        pieces = rows.answer(packed)
        expected = NUM_PACKED.size + size + sum(map(len, pieces))
        if length != expected:
            raise ChannelBrokenError(f"actions in {length} bytes; expected {expected}")
        for piece in pieces:
            self._read_into(piece)
        return packed

    def _read(self, count: int) -> bytes:
        if count <= self._end - self._start:
            self._start += count
            return bytes(self._buffer[self._start - count : self._start])
        data = bytearray(count)
        self._read_into(memoryview(data))
        return bytes(data)

    def _read_into(self, target: memoryview) -> None:
        """Fills a piece of memory; what is large is received where it belongs."""
        while len(target):
            if self._start == self._end and len(target) >= BUFFER:
                target = target[self._receive(target) :]
                continue
            if self._start == self._end:
                self._start, self._end = 0, self._receive(self._buffer)
            count = min(len(target), self._end - self._start)
            target[:count] = self._buffer[self._start : self._start + count]
            self._start += count
            target = target[count:]

    def _receive(self, target: memoryview) -> int:
        """Returns how many bytes have come, at least one."""
        while True:
            start = time.monotonic()
            try:
                found = self._spin.find(partial(self._look, target), start) if self._spin else None
                count = self._sock.recv_into(target) if found is None else found
            except OSError as error:
                if not _is_pause(error):
                    raise ChannelClosedError(_why(error)) from error
                count = -1
            waited_s = time.monotonic() - start
            if self._spin is not None:
                self._spin.note(waited_s)
            if self._left_s is not None:  # a longer wait was this process's own absence
                self._left_s -= min(waited_s, SLICE_S)
            if count == 0:
                raise ChannelClosedError("it closed the connection")
            if self._left_s is not None and self._left_s <= 0 and count < 0:
                raise ChannelTimeoutError
            if count > 0:
                return count
            if not self.is_alive():
                raise ChannelClosedError("it is gone")

    def _look(self, target: memoryview) -> int | None:
        """Returns how many bytes have come; None if none have, and 0 at the end."""
        try:
            return self._sock.recv_into(target, 0, _NO_WAIT)
        except BlockingIOError:
            return None

    def _send(self, kind: bytes, pieces: Sequence[Any]) -> None:
        size = sum(map(len, pieces))
        head = HEAD.pack(kind, size)
        if self._is_tls or size < BUFFER:
            pieces = [memoryview(b"".join([head, *pieces]))]
        else:
            pieces = [memoryview(head), *(memoryview(piece) for piece in pieces)]
        left_s = SEND_S
        while pieces:
            try:
                one = len(pieces) == 1
                count = self._sock.send(pieces[0]) if one else self._sock.sendmsg(pieces)
            except OSError as error:
                left_s -= SLICE_S
                if not _is_pause(error) or left_s <= 0:
                    why = f"it took nothing for {SEND_S:g} s" if left_s <= 0 else _why(error)
                    raise ChannelClosedError(why) from error
                continue
            left_s = SEND_S
            while pieces and count >= len(pieces[0]):
                count -= len(pieces[0])
                pieces = pieces[1:]
            if count:
                pieces = [pieces[0][count:], *pieces[1:]]


def say_last(channel: SocketChannel, text: str) -> None:
    """Says why a connection ends, to whoever still listens."""
    with contextlib.suppress(ChannelClosedError):
        channel.send(FAULT, text.encode(errors="replace")[:1000])


def to_json(value: Mapping[str, Any]) -> bytes:
    """Returns the payload of a message that holds a table."""
    return json.dumps(value).encode()


def from_json(payload: bytes) -> dict[str, Any]:
    """Returns the table that a payload holds.

    Raises:
        ChannelBrokenError: It holds something else.
    """
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ChannelBrokenError("expected a table in JSON, found something else") from error
    if not isinstance(value, dict):
        raise ChannelBrokenError(f"expected a table in JSON, found a {type(value).__name__}")
    return value


def _is_pause(error: OSError) -> bool:
    """Returns whether nothing is wrong but that nothing has come, or gone, for a moment."""
    if isinstance(error, socket.timeout):
        return error.errno is None  # the kernel's own, of a side that is gone, has a number
    return isinstance(error, (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError))


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
