"""What workers and policy processes print: shown, made harmless, and not without end."""

from __future__ import annotations

import os
import select
import sys
import threading
from contextlib import suppress

from ilbench.plain_text import one_line

MAX_LINES = 200
MAX_BYTES = 1 << 16
LINE_LIMIT = 300
POLL_S = 0.2
LAST_S = 2.0
"""How long the last words are waited for."""


class OverheardOutput:
    """Reads what comes out of a pipe, to its end, and shows the beginning of it on the standard error.

    The pipe is always read, so that who prints without end is not stopped by it.

    Args:
        read_fd: The end of the pipe to read, which is closed in the end.
        label: Stands before each line.
    """

    def __init__(self, read_fd: int, label: str) -> None:
        self._fd = read_fd
        self._label = one_line(label, 60)
        self._lines_left, self._bytes_left = MAX_LINES, MAX_BYTES
        self._is_cut = False
        self._rest = b""
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"output of {self._label}", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Shows what is still there; who holds the pipe open longer is not waited for."""
        self._ends.set()
        self._thread.join(LAST_S)

    def _read(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN | select.POLLHUP)
        left = MAX_BYTES
        while left > 0:
            if not poll.poll(1000 * POLL_S):
                if self._ends.is_set():
                    break
                continue
            data = os.read(self._fd, MAX_BYTES)
            if not data:
                break
            if self._ends.is_set():
                left -= len(data)
            if not self._is_cut:
                self._take(data)
        if self._rest and not self._is_cut:
            self._show(self._rest)
        os.close(self._fd)

    def _take(self, data: bytes) -> None:
        kept = data[: self._bytes_left]
        self._bytes_left -= len(data)
        *lines, self._rest = (self._rest + kept).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            self._show(line)
        if self._bytes_left <= 0 or self._lines_left <= 0:
            self._is_cut = True
            self._show(self._rest)
            self._say(f"output cut: more than {MAX_LINES} lines or {MAX_BYTES} bytes")

    def _show(self, line: bytes) -> None:
        text = one_line(line.decode(errors="replace"), LINE_LIMIT)
        if text and self._lines_left > 0:
            self._lines_left -= 1
            self._say(text)

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):  # nobody may have a standard error any more
            sys.stderr.write(f"[{self._label}] {text}\n")
            sys.stderr.flush()
