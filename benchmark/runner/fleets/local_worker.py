"""A worker process of this machine: ``python -m ilbench.runner.fleets.local_worker SOCKET MEMORY``."""

from __future__ import annotations

import mmap
import os
import signal
import sys
from multiprocessing.connection import Connection

from ilbench.guest.lifetime import die_with_parent
from ilbench.runner.fleets.fleet import Message, WorkerConfig
from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes
from ilbench.runner.worker import serve


class SocketMailbox:
    """Messages over a socket, the worker's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self) -> bool:
        """Returns whether a message is there."""
        return self._connection.poll()

    def receive(self) -> Message:
        """Returns the next message."""
        return Message.unpack(self._connection.recv_bytes())

    def send(self, message: Message) -> None:
        """Sends a message."""
        self._connection.send_bytes(message.pack())


def main() -> None:
    """Serves one scheduler; arguments are the descriptors of socket and memory file."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    socket_fd, memory_fd = map(int, sys.argv[1:3])
    connection = Connection(socket_fd)
    config = WorkerConfig.model_validate_json(connection.recv_bytes())
    heartbeat = Heartbeat(mmap.mmap(memory_fd, heartbeat_bytes(config.num_lanes)))
    serve(config, SocketMailbox(connection), heartbeat)


if __name__ == "__main__":
    # The scheduler reads our messages from the socket alone; what simulators print is for people.
    os.dup2(2, 1)
    main()
