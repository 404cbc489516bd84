"""Letters over a socket: so many bytes, after a word that says how many; read as they come."""

from __future__ import annotations

import socket
import struct

HEAD = struct.Struct("<Q")
MAX_LETTER = 1 << 32
PIECE = 1 << 18


class LetterError(Exception):
    """What came is no letter."""


def sealed_letter(content: bytes) -> bytes:
    """Returns the content as it travels."""
    return HEAD.pack(len(content)) + content


class LetterReader:
    """Puts letters together from what comes in pieces."""

    def __init__(self) -> None:
        self._data = bytearray()

    def take(self) -> bytes | None:
        """Returns the next letter if it has come to its end, None if not.

        Raises:
            LetterError: It is longer than any letter.
        """
        end = self._end()
        if end is None:
            return None
        letter = bytes(self._data[HEAD.size : end])
        del self._data[:end]
        return letter

    def read(self, connection: socket.socket) -> bytes | None:
        """Returns the next letter; None if a socket that does not block has none to its end.

        Raises:
            EOFError: Nobody will send any more.
            LetterError: What comes is no letter.
        """
        while (letter := self.take()) is None:
            try:
                piece = connection.recv(PIECE)
            except BlockingIOError:
                return None
            if not piece:
                raise EOFError
            self._data += piece
        return letter

    @property
    def has_letter(self) -> bool:
        """Whether the next letter, or what is none, need not be waited for."""
        try:
            return self._end() is not None
        except LetterError:
            return True

    def _end(self) -> int | None:
        """Returns where the first letter ends, None if it has not come so far."""
        if len(self._data) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self._data)
        if length > MAX_LETTER:
            raise LetterError(f"a letter of {length} bytes; expected at most {MAX_LETTER}")
        end: int = HEAD.size + length
        return end if len(self._data) >= end else None
