"""A policy process of this machine: how it is started, and how it and all that it started are ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench import guest as guest_package
from ilbench.arithmetic import wanted_arithmetic
from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.arrays import SharedArrays, memory_size
from ilbench.guest.channel import Channel
from ilbench.offspring import end_group, end_offspring, find_descendants, find_strays, new_mark
from ilbench.processes import child_environment, fix_size, how_ended, open_memory

if TYPE_CHECKING:
    from ilbench.guest.arrays import ActionLayout, Fields

SCRIPT = Path(guest_package.__file__).parent / "script" / "start.py"
GRACE_S = 2.0
"""How long a process that was told to end may take."""


class ProcessGuest:
    """A policy process of this machine, with a folder for temporary files of its own.

    Args:
        process: The process, in a group of its own.
        channel: The way to it.
        memory_fd: The memory file that both have, still without a size.
        mark: What the process and all that it starts can be known by.
        folder: Its temporary folder.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], channel: Channel, memory_fd: int, mark: str, folder: str
    ) -> None:
        self.channel = channel
        channel.is_alive = lambda: process.poll() is None
        self._process = process
        self._memory_fd = memory_fd
        self._mark = mark
        self._folder = folder
        self._is_open = True

    def arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns arrays over the memory file, whose size nobody can change any more."""
        fix_size(self._memory_fd, memory_size(width, fields, action))
        return SharedArrays(self._memory_fd, width, fields, action)

    def ended(self) -> str:
        """Returns its exit code, or the signal that killed it."""
        try:
            return how_ended(self._process.wait(timeout=GRACE_S))
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
            return "it closed its channel"

    def kill(self) -> None:
        """Kills the process."""
        self._process.kill()

    def close(self) -> None:
        """Closes the pipes, waits a moment, and kills what is still there; a second time, nothing happens."""
        if not self._is_open:
            return
        self._is_open = False
        family = find_descendants(self._process.pid)
        self.channel.close()
        try:
            self._process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        end_group(self._process.pid)
        end_offspring(self._mark, family | find_strays())
        os.close(self._memory_fd)
        shutil.rmtree(self._folder, ignore_errors=True)


def start_process(spec: PolicySpec) -> ProcessGuest:
    """Returns a fresh policy process, in which nothing is loaded yet.

    Raises:
        InvalidSubmissionError: Its interpreter cannot be started.
    """
    memory_fd = open_memory()
    read_ours, write_theirs = os.pipe()
    read_theirs, write_ours = os.pipe()
    descriptors = (read_theirs, write_theirs, memory_fd)
    python = spec.python or sys.executable
    mark, folder = new_mark(), tempfile.mkdtemp(prefix="policy-")
    channel = Channel(read_ours, write_ours)
    try:
        process = subprocess.Popen(
            [python, str(SCRIPT), *map(str, descriptors)],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=descriptors,
            start_new_session=True,
            env=child_environment(spec.arithmetic or wanted_arithmetic(), mark, folder, *spec.search_path),
        )
    except OSError as error:
        channel.close()
        os.close(memory_fd)
        shutil.rmtree(folder, ignore_errors=True)
        raise InvalidSubmissionError(
            f"cannot start the policy's interpreter {python}: {os.strerror(error.errno or 0)}"
        ) from error
    finally:
        os.close(read_theirs)
        os.close(write_theirs)
    return ProcessGuest(process, channel, memory_fd, mark, folder)
