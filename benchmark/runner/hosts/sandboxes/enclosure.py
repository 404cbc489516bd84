"""A command inside a sandbox, ready to be started: with the descriptors that it takes along."""

from __future__ import annotations

import os
import platform
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilbench.offspring import MARK
from ilbench.processes import sandbox_environment
from ilbench.runner.hosts.sandboxes.seccomp import seccomp_program
from ilbench.runner.hosts.sandboxes.view import View, bwrap_arguments, limited

BWRAP = "bwrap"
UID_MAP = Path("/proc/self/uid_map")
USERS = (0x60000000, 30_000)
"""Where numbers of users begin that no system gives to anybody; the second where only few are known."""
NUM_USERS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A command that starts a program inside a sandbox.

    Attributes:
        command: The command.
        environment: The command's own; the program's is part of the command.
        descriptors: What it has to inherit beside the program's descriptors.
        told_fd: Where it tells the number of the first process inside.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...]
    told_fd: int

    def forget(self) -> None:
        """Closes what was for the command alone, once that is started or cannot be."""
        for fd in self.descriptors:
            os.close(fd)


def enclose(program: Sequence[str], view: View, settings: Mapping[str, str], mark: str) -> Enclosure:
    """Returns a program as a command inside of bubblewrap.

    What bubblewrap is told travels through a descriptor, for a command line can be read by the program.

    Args:
        program: The program with its arguments.
        view: What it sees.
        settings: What its environment holds beside the usual.
        mark: What the command can be known by, see `ilbench.offspring`.
    """
    uid = _unused_user() if os.geteuid() == 0 else None
    rules = seccomp_program(platform.machine())
    filter_fd = _readable(rules) if rules else None
    told_fd, info_fd = os.pipe()
    told = bwrap_arguments(
        view, sandbox_environment(settings), seccomp_fd=filter_fd, info_fd=info_fd, uid=uid
    )
    arguments_fd = _readable(b"".join(part.encode(errors="surrogateescape") + b"\0" for part in told))
    return Enclosure(
        command=(BWRAP, "--args", str(arguments_fd), "--", *limited(program, view.limits, uid)),
        environment={"PATH": os.environ.get("PATH", os.defpath), MARK: mark},
        descriptors=tuple(fd for fd in (filter_fd, info_fd, arguments_fd) if fd is not None),
        told_fd=told_fd,
    )


def _readable(data: bytes) -> int:
    """Returns a descriptor that the data can be read from, once."""
    fd = os.memfd_create("ilbench-told", os.MFD_CLOEXEC)
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _unused_user() -> int:
    """Returns the number of a user that nobody is: all its processes are those of the sandbox."""
    known = _known_users(UID_MAP.read_text(encoding="ascii").splitlines())
    begin = next(begin for begin in USERS if any(begin + NUM_USERS in users for users in known))
    return begin + random.SystemRandom().randrange(NUM_USERS)


def _known_users(lines: Iterable[str]) -> list[range]:
    """Returns which users there are, in the namespace that this process is in."""
    rows = [tuple(map(int, line.split())) for line in lines]
    return [range(inside, inside + count) for inside, _, count in rows]
