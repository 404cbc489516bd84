"""Workers that are processes of this machine: a socket for messages, a memory file for the heartbeat.

A worker is started as a module, not by forking, so that nothing of the calling program leaks into it. It and
all that it starts carry a mark, and are ended by it; a warden sees to that when this process is killed.
"""

from __future__ import annotations

import mmap
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence

from ilbench import offspring
from ilbench.arithmetic import wanted_arithmetic
from ilbench.offspring import end_group, end_offspring, find_descendants, new_mark
from ilbench.processes import child_environment, how_ended, open_memory
from ilbench.runner.fleets.fleet import GarbledMailError, Message, Status, WorkerConfig, WorkerDiedError
from ilbench.runner.fleets.letters import LetterError, LetterReader, sealed_letter
from ilbench.runner.fleets.local_worker import LOST_SOCKET
from ilbench.runner.fleets.output import OverheardOutput
from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes

GRACE_S = 0.3
"""How long a worker that is ending by itself is waited for, so that its exit code is its own."""
WARDEN_S = 10.0
"""How long the warden may take to end what is left."""


class LocalFleet:
    """Starts worker processes here."""

    def __init__(self) -> None:
        self._mark = new_mark()
        self._folder = ""
        self._warden: subprocess.Popen[bytes] | None = None

    def start(self, config: WorkerConfig) -> LocalLink:
        """Returns the link to a new process."""
        if self._warden is None:
            self._folder = tempfile.mkdtemp(prefix="ilbench-")
            self._warden = subprocess.Popen(
                [sys.executable, "-I", "-S", offspring.__file__, self._mark, self._folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return LocalLink(config, self._mark, self._folder)

    def wait(self, links: Sequence[LocalLink], timeout_s: float) -> Collection[LocalLink]:
        """Returns the links whose socket has something to read, be it its end, or whose process has ended."""
        poll = select.poll()
        for link in links:
            poll.register(link.socket, select.POLLIN | (select.POLLOUT if link.flush() else 0))
        is_there = any(link.has_mail for link in links)
        events = dict(poll.poll(0 if is_there else 1000 * timeout_s))
        heard = [events.get(link.socket.fileno(), 0) & ~select.POLLOUT for link in links]
        return [
            one for one, said in zip(links, heard, strict=True) if said or one.has_mail or one.has_ended()
        ]

    def close(self) -> None:
        """Ends whatever carries the mark of these workers, and removes their folder."""
        if self._warden is not None:
            warden, self._warden = self._warden, None
            if warden.stdin is not None:
                warden.stdin.close()
            try:
                warden.wait(WARDEN_S)
            except subprocess.TimeoutExpired:
                warden.kill()
                warden.wait()


class LocalLink:
    """A worker process, seen from the scheduler.

    Args:
        config: What it is told.
        mark: That of the fleet, to which its own is added.
        folder: In which it has one for temporary files.
    """

    def __init__(self, config: WorkerConfig, mark: str, folder: str) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        self._reader = LetterReader()
        self._unsent = b""
        size = heartbeat_bytes(config.num_lanes)
        memory_fd = open_memory(size)
        self._heartbeat = Heartbeat(mmap.mmap(memory_fd, size))
        self._mark = f"{mark}{new_mark()}"
        self._folder = tempfile.mkdtemp(prefix="worker-", dir=folder)
        output, their_output = os.pipe()
        hidden = [path for spec in config.policies.values() for path in spec.search_path]
        # -P: the working folder is not looked into, where a file could have the name of a module.
        module = ["-P", "-m", "ilbench.runner.fleets.local_worker"]
        self._process = subprocess.Popen(
            [sys.executable, *module, str(theirs.fileno()), str(memory_fd)],
            stdin=subprocess.DEVNULL,
            stdout=their_output,
            stderr=their_output,
            pass_fds=(theirs.fileno(), memory_fd),
            start_new_session=True,
            env=child_environment(wanted_arithmetic(), self._mark, self._folder, *hidden),
        )
        theirs.close()
        os.close(memory_fd)
        os.close(their_output)
        self._output = OverheardOutput(output, _label(config))
        self._post(config.model_dump_json().encode())

    def send(self, message: Message) -> None:
        """Sends a message; what its worker does not take at once is sent when it does."""
        if self.has_ended():
            raise WorkerDiedError
        self._post(message.pack())

    def flush(self) -> bool:
        """Sends what is still unsent, as far as it is taken; returns whether anything is left."""
        while self._unsent:
            try:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
            except BlockingIOError:
                return True
            except OSError:  # it is dead, which reading will tell
                self._unsent = b""
        return False

    def receive(self) -> Message | None:
        """Returns the next message, or None as long as it is not there to its end."""
        try:
            letter = self._reader.read(self.socket)
        except LetterError as error:
            raise GarbledMailError(str(error)) from error
        except (EOFError, OSError) as error:
            if not self._ends() or self._process.returncode == LOST_SOCKET:
                raise GarbledMailError("it closed its socket") from error
            raise WorkerDiedError from error
        if letter is None:
            if self.has_ended():
                raise WorkerDiedError
            return None
        try:
            return Message.unpack(letter)
        except Exception as error:  # whatever it is that somebody wrote in its place
            raise GarbledMailError("it sent what is no message") from error

    @property
    def has_mail(self) -> bool:
        """Whether a message has been read already."""
        return self._reader.has_letter

    def has_ended(self) -> bool:
        """Returns whether the process is no more; what it started may still hold the socket."""
        return self._process.poll() is not None

    def status(self) -> Status:
        """Returns what the heartbeat shows."""
        return self._heartbeat.status()

    def kill(self, *, at_once: bool) -> str:
        """Ends the process and all that it started; returns its exit code, or the signal that ended it."""
        family = find_descendants(self._process.pid)
        self.socket.close()
        if at_once or not self._ends():
            self._process.kill()
        code = self._process.wait()
        end_group(self._process.pid)
        end_offspring(self._mark, family)
        self._output.finish()
        shutil.rmtree(self._folder, ignore_errors=True)
        return how_ended(code)

    def _ends(self) -> bool:
        """Returns whether the process ends by itself, now or in a moment."""
        try:
            self._process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _post(self, letter: bytes) -> None:
        self._unsent += sealed_letter(letter)
        self.flush()


def _label(config: WorkerConfig) -> str:
    names = {spec.load or "expert" for spec in config.policies.values()}
    return names.pop() if len(names) == 1 else "policies"
