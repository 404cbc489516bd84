"""What foreign code leaves running: found by a mark in its environment or by its ancestors, and ended.

A process that a policy started outlives it where it has left its group (``setsid``) or its parent (a double
fork). Its environment still has the mark that was given to the policy. One that has shed its environment
is found among the descendants of a worker, which adopts what its descendants leave behind (`adopt_orphans`).
Both are read from ``/proc``, so only Linux can; elsewhere the process group is all that is ended.

Run as a script, ``python -I -S offspring.py MARK FOLDER``, this is the warden of a run: it waits for the end
of the process that started it, however that comes about, and then ends what carries the mark and removes the
folder. It imports the standard library alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

MARK = "ILBENCH_MARK"
"""The environment variable that is inherited by whatever a worker or a policy starts."""
PR_SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")
ROUNDS = 20
"""How often what was started meanwhile is looked for."""
PAUSE_S = 0.02
LOOK_S = 1.0


def new_mark() -> str:
    """Returns a mark that nobody has; it holds that of this process, so that who seeks that finds both."""
    return f"{os.environ.get(MARK, '')}/{os.urandom(8).hex()}"


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose own parent ends, where the system can (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def find_carriers(mark: str) -> set[int]:
    """Returns the processes, this one aside, whose environment has the mark."""
    return {pid for pid in _processes() if mark in _mark_of(pid)} - {os.getpid()}


def find_descendants(ancestor: int) -> set[int]:
    """Returns the living descendants of a process."""
    parents = {pid: parent for pid in _processes() if (parent := _parent_of(pid))}
    family = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {ancestor}


def find_strays() -> set[int]:
    """Returns the descendants of this process that have not its mark: they have shed their environment."""
    own = os.environ.get(MARK)
    return {pid for pid in find_descendants(os.getpid()) if own and own not in _mark_of(pid)}


def end_offspring(mark: str, known: Collection[int] = ()) -> None:
    """Ends all that carries a mark, and the processes that are known to belong to it, where there are any.

    What they start meanwhile is ended too, within reason.
    """
    doomed = set(known)
    for _ in range(ROUNDS):
        doomed |= find_carriers(mark)
        if not doomed:
            return
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        doomed.clear()
        time.sleep(PAUSE_S)


def end_group(leader: int) -> None:
    """Ends the process group of that leader, if there is anything left of it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def main() -> None:
    """Waits for the end of the parent, then ends what it left and removes its folder."""
    mark, folder = sys.argv[1:3]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent, poll = os.getppid(), select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    while not poll.poll(1000 * LOOK_S) and os.getppid() == parent:
        pass
    end_offspring(mark)
    shutil.rmtree(folder, ignore_errors=True)


def _processes() -> list[int]:
    if not PROC.is_dir():
        return []
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _mark_of(pid: int) -> str:
    """Returns the mark of a process; empty where there is none, or it cannot be read."""
    try:
        content = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return ""
    start = f"{MARK}=".encode()
    found = [entry for entry in content.split(b"\0") if entry.startswith(start)]
    return found[0].decode(errors="replace") if found else ""


def _parent_of(pid: int) -> int | None:
    """Returns the parent of a living process, None of one that has ended."""
    try:
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[1])


if __name__ == "__main__":
    main()
