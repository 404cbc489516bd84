"""Workers that are processes of this machine: a socket for messages, a memory file for the heartbeat.

A worker is started as a module, not by forking, so that nothing of the calling program leaks into it.
"""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Collection, Sequence
from multiprocessing.connection import Connection, wait

from ilbench.processes import open_memory
from ilbench.runner.fleets.fleet import Message, Status, WorkerConfig, WorkerDiedError
from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes

GRACE_S = 0.3
"""How long a worker that is ending by itself is waited for, so that its exit code is its own."""


class LocalFleet:
    """Starts worker processes here."""

    def start(self, config: WorkerConfig) -> LocalLink:
        """Returns the link to a new process."""
        return LocalLink(config)

    def wait(self, links: Sequence[LocalLink], timeout_s: float) -> Collection[LocalLink]:
        """Returns the links whose socket has something to read, be it its end."""
        ready = wait([link.connection for link in links], timeout=timeout_s)
        return [link for link in links if link.connection in ready]


class LocalLink:
    """A worker process, seen from the scheduler.

    Args:
        config: What it is told.
    """

    def __init__(self, config: WorkerConfig) -> None:
        ours, theirs = socket.socketpair()
        size = heartbeat_bytes(config.num_lanes)
        memory_fd = open_memory(size)
        self._heartbeat = Heartbeat(mmap.mmap(memory_fd, size))
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "ilbench.runner.fleets.local_worker",
                str(theirs.fileno()),
                str(memory_fd),
            ],
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), memory_fd),
            env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )
        theirs.close()
        os.close(memory_fd)
        self.connection = Connection(ours.detach())
        self.connection.send_bytes(config.model_dump_json().encode())

    def send(self, message: Message) -> None:
        """Sends a message."""
        try:
            self.connection.send_bytes(message.pack())
        except OSError as error:
            raise WorkerDiedError from error

    def receive(self) -> Message:
        """Returns the next message."""
        try:
            return Message.unpack(self.connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise WorkerDiedError from error

    def status(self) -> Status:
        """Returns what the heartbeat shows."""
        return self._heartbeat.status()

    def kill(self, *, at_once: bool) -> str:
        """Ends the process and returns its exit code, or the signal that ended it."""
        self.connection.close()
        try:
            code = self._process.wait(timeout=0.0 if at_once else GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
