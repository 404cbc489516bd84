"""A worker process of this machine: ``python -m ilbench.runner.fleets.local_worker SOCKET MEMORY``."""

from __future__ import annotations

import errno
import mmap
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ilbench.guest.lifetime import die_with_parent
from ilbench.offspring import adopt_orphans
from ilbench.runner.fleets.fleet import Message, WorkerConfig
from ilbench.runner.fleets.letters import LetterReader, sealed_letter
from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes
from ilbench.runner.worker import serve

LOST_SOCKET = 91
"""Exit code of a worker whose own foreign code has closed its socket."""


class SocketMailbox:
    """Messages over a socket, the worker's end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = LetterReader()
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)

    def waiting(self) -> bool:
        """Returns whether a message is there, or begins to be."""
        return self._reader.has_letter or bool(self._poll.poll(0))

    def receive(self) -> Message:
        """Returns the next message."""
        return Message.unpack(self.receive_letter())

    def receive_letter(self) -> bytes:
        """Returns the next letter, be it a message or the first one, which is none."""
        with _still_open():
            letter = self._reader.read(self._connection)
        if letter is None:
            raise ValueError("the worker's socket has to block")
        return letter

    def send(self, message: Message) -> None:
        """Sends a message."""
        with _still_open():
            self._connection.sendall(sealed_letter(message.pack()))


@contextmanager
def _still_open() -> Iterator[None]:
    """Ends the process if its socket is no socket any more."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EBADF, errno.ENOTSOCK):
            raise SystemExit(LOST_SOCKET) from error
        raise


def main() -> None:
    """Serves one scheduler; arguments are the descriptors of socket and memory file."""
    die_with_parent()
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    socket_fd, memory_fd = map(int, sys.argv[1:3])
    os.set_inheritable(socket_fd, False)
    mail = SocketMailbox(socket.socket(fileno=socket_fd))
    config = WorkerConfig.model_validate_json(mail.receive_letter())
    heartbeat = Heartbeat(mmap.mmap(memory_fd, heartbeat_bytes(config.num_lanes)))
    os.close(memory_fd)
    serve(config, mail, heartbeat)


if __name__ == "__main__":
    main()
