"""A policy process of this machine: how it is started, and how it and all that it started are ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.arithmetic import arithmetic_environment, wanted_arithmetic
from ilbench.contract.policy import Sandbox
from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.arrays import SharedArrays, memory_size
from ilbench.guest.channel import Channel
from ilbench.offspring import MARK, end_group, end_offspring, find_descendants, find_strays, new_mark
from ilbench.processes import child_environment, fix_size, how_ended, open_memory, sandbox_environment
from ilbench.runner.hosts.sandboxes.container import (
    ENGINES,
    IMAGE_VARIABLE,
    container_command,
    find_engine,
)
from ilbench.runner.hosts.sandboxes.enclosure import Enclosure, enclose
from ilbench.runner.hosts.sandboxes.view import GUEST, GUEST_SOURCE, view_of
from ilbench.runner.hosts.sandboxes.watcher import Watcher

if TYPE_CHECKING:
    from ilbench.guest.arrays import ActionLayout, Fields

SCRIPT = Path("script", "start.py")
"""Of the policy's side of the wire."""
GRACE_S = 2.0
"""How long a process that was told to end may take."""
SIGNALED = 128
"""Added to the number of the signal that ended it, it is what bubblewrap makes of a program's end."""


class ProcessGuest:
    """A policy process of this machine, with a folder for temporary files of its own.

    Args:
        process: The process, in a group of its own.
        channel: The way to it.
        memory_fd: The memory file that both have, still without a size.
        mark: What the process and all that it starts can be known by.
        folder: Its temporary folder, if that is not of its sandbox.
        watcher: Of its sandbox.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        channel: Channel,
        memory_fd: int,
        mark: str,
        folder: str | None,
        watcher: Watcher | None = None,
    ) -> None:
        self.channel = channel
        channel.is_alive = lambda: process.poll() is None
        self._process = process
        self._memory_fd = memory_fd
        self._mark = mark
        self._folder = folder
        self._watcher = watcher
        self._is_open = True

    def arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns arrays over the memory file, whose size nobody can change any more."""
        fix_size(self._memory_fd, memory_size(width, fields, action))
        return SharedArrays(self._memory_fd, width, fields, action)

    def ended(self) -> str:
        """Returns its exit code, or the signal that killed it, or the limit that it went beyond."""
        try:
            code = self._process.wait(timeout=GRACE_S)
            if self._watcher is not None:
                self._watcher.finish()
                return self._watcher.verdict or how_ended(SIGNALED - code if code > SIGNALED else code)
            return how_ended(code)
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
        if self._watcher is not None:
            self._watcher.finish()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """How a policy process is started.

    Attributes:
        command: The command.
        environment: Its environment.
        folder: Its temporary folder, where it has one outside.
        enclosure: What keeps it.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str | None = None
    enclosure: Enclosure | None = None

    def undo(self) -> None:
        """Lets go of what was made for a process that did not start."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.enclosure is not None:
            os.close(self.enclosure.told_fd)


def start_process(spec: PolicySpec, kept: Sequence[int] = ()) -> ProcessGuest:
    """Returns a fresh policy process, in which nothing is loaded yet.

    Args:
        spec: The policy.
        kept: Further descriptors that it inherits.

    Raises:
        InvalidSubmissionError: Its interpreter cannot be started, or not be shown to its sandbox.
    """
    mark = new_mark()
    memory_fd = open_memory()
    read_ours, write_theirs = os.pipe()
    read_theirs, write_ours = os.pipe()
    descriptors = (read_theirs, write_theirs, memory_fd)
    channel = Channel(read_ours, write_ours)
    start = None
    try:
        start = _STARTS[spec.sandbox](spec, tuple(map(str, descriptors)), mark)
        process = subprocess.Popen(
            start.command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=(*descriptors, *kept, *(() if start.enclosure is None else start.enclosure.descriptors)),
            start_new_session=True,
            env=start.environment,
        )
    except BaseException as error:  # an interrupt too: descriptors and folder must not stay behind
        channel.close()
        os.close(memory_fd)
        if start is not None:
            start.undo()
        if not isinstance(error, OSError):
            raise
        raise InvalidSubmissionError(
            f"cannot start the policy's interpreter {_python(spec)}: {os.strerror(error.errno or 0)}"
        ) from error
    finally:
        os.close(read_theirs)
        os.close(write_theirs)
        if start is not None and start.enclosure is not None:
            start.enclosure.forget()
    watcher = None if start.enclosure is None else Watcher(start.enclosure.told_fd, spec.limits)
    return ProcessGuest(process, channel, memory_fd, mark, start.folder, watcher)


def _python(spec: PolicySpec) -> str:
    return spec.python or sys.executable


def _settings(spec: PolicySpec, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    return arithmetic_environment(spec.arithmetic or wanted_arithmetic(), inherited)


def _start_plainly(spec: PolicySpec, descriptors: Sequence[str], mark: str) -> _Start:
    folder = tempfile.mkdtemp(prefix="policy-")
    arithmetic = spec.arithmetic or wanted_arithmetic()
    return _Start(
        command=[_python(spec), str(GUEST_SOURCE / SCRIPT), *descriptors],
        environment=child_environment(arithmetic, mark, folder, *spec.search_path),
        folder=folder,
    )


def _start_enclosed(spec: PolicySpec, descriptors: Sequence[str], mark: str) -> _Start:
    program = [_python(spec), str(GUEST / SCRIPT), *descriptors]
    inside = enclose(program, view_of(spec), _settings(spec, {}), mark)
    return _Start(command=inside.command, environment=inside.environment, enclosure=inside)


def _start_contained(spec: PolicySpec, descriptors: Sequence[str], mark: str) -> _Start:
    program = [spec.python or "python3", str(GUEST / SCRIPT), *descriptors]
    command = container_command(
        find_engine() or ENGINES[0],
        os.environ.get(IMAGE_VARIABLE, ""),
        program,
        tuple(map(Path, spec.search_path)),
        sandbox_environment(_settings(spec, {})),
        spec.limits,
    )
    return _Start(command=command, environment={**os.environ, MARK: mark})


_STARTS: Mapping[Sandbox, Callable[[PolicySpec, Sequence[str], str], _Start]] = {
    "none": _start_plainly,
    "bwrap": _start_enclosed,
    "container": _start_contained,
}
