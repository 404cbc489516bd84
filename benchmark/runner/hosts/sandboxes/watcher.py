"""The watcher of a sandbox: what its processes use together, which no limit of a single one can bound.

Control groups could do it, but a user may seldom make any: where they can be had, run the whole of the
harness in one. The number of processes is not for the watcher: the kernel refuses those that are too many, or
a program that starts more and more would win the race.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
from contextlib import suppress
from pathlib import Path

from ilbench.contract.limits import Limits
from ilbench.offspring import PROC, find_descendants

PERIOD_S = 0.1
KIB = 1024
GIB = 1 << 30
MAX_FILES = 20_000
"""Files below the folders for temporary ones: each takes memory, also an empty one."""
TICKS = os.sysconf("SC_CLK_TCK")
MEMORY_FOLDERS = ("tmp", "dev/shm")


class Watcher:
    """Looks after the processes of a sandbox, in a thread, until the first of them ends.

    Attributes:
        verdict: Which limit they went beyond, for which they were ended; empty as long as they did not.

    Args:
        told_fd: Where bubblewrap tells the number of the first process, which is closed in the end.
        limits: What they may use.
    """

    def __init__(self, told_fd: int, limits: Limits) -> None:
        self.verdict = ""
        self._told_fd = told_fd
        self._limits = limits
        self._thread = threading.Thread(target=self._watch, name="sandbox watcher", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Waits for the thread, whose processes have ended."""
        self._thread.join(timeout=10 * PERIOD_S)

    def _watch(self) -> None:
        first = self._first_process()
        if first is None:
            return
        try:
            pidfd = os.pidfd_open(first)
        except ProcessLookupError:
            return
        try:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            while not poll.poll(1000 * PERIOD_S):
                self.verdict = self._breach(first)
                if self.verdict:
                    with suppress(ProcessLookupError):
                        signal.pidfd_send_signal(pidfd, signal.SIGKILL)  # and with it all others
                    return
        finally:
            os.close(pidfd)

    def _first_process(self) -> int | None:
        """Returns the process that all others in the sandbox descend from; None if it was never started."""
        with os.fdopen(self._told_fd, "rb") as told:
            text = told.read()
        return int(json.loads(text)["child-pid"]) if text else None

    def _breach(self, first: int) -> str:
        """Returns the limit that the processes have gone beyond; empty for none."""
        family = [first, *descendants(first)]
        limits = self._limits
        if sum(map(cpu_s, family)) > limits.processor_hours * 3600:
            return f"it used more than {limits.processor_hours:g} hours of processor time, {_LIMIT}"
        most = limits.memory_gib * GIB
        # What several processes share is counted once where it matters: that takes longer to find out.
        if sum(map(resident_bytes, family)) > most and sum(map(proportional_bytes, family)) > most:
            return f"it used more than {limits.memory_gib:g} GiB of memory, {_LIMIT}"
        if num_files(first) > MAX_FILES:
            return f"it made more than {MAX_FILES} temporary files, the most that a sandbox allows"
        return ""


_LIMIT = "the limit in its sandbox"


def descendants(first: int) -> list[int]:
    """Returns the descendants of a process, as the kernel lists them where it does."""
    if not (PROC / str(first) / "task" / str(first) / "children").exists():
        return list(find_descendants(first))
    found: list[int] = []
    waiting = [first]
    while waiting:
        folder = PROC / str(waiting.pop()) / "task"
        with suppress(OSError):
            for thread in os.listdir(folder):  # noqa: PTH208  # a Path a thread would be made for nothing
                children = [int(pid) for pid in (folder / thread / "children").read_text().split()]
                found += children
                waiting += children
    return found


def cpu_s(pid: int) -> float:
    """Returns the processor time of a process and of its children that have ended; 0 for one that is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def resident_bytes(pid: int) -> int:
    """Returns the memory that a process uses, as if it shared none of it; program text aside."""
    return KIB * _sum_of(PROC / str(pid) / "status", ("RssAnon", "RssShmem", "VmSwap"))


def proportional_bytes(pid: int) -> int:
    """Returns the memory that a process uses, its share of what it has in common with others."""
    return KIB * _sum_of(PROC / str(pid) / "smaps_rollup", ("Pss_Anon", "Pss_Shmem", "SwapPss"))


def num_files(first: int) -> int:
    """Returns how many files lie in the sandbox's folders for temporary ones, both together."""
    count = 0
    for name in MEMORY_FOLDERS:
        with suppress(OSError):
            found = os.statvfs(PROC / str(first) / "root" / name)
            count += found.f_files - found.f_ffree
    return count


def _sum_of(file: Path, names: tuple[str, ...]) -> int:
    """Returns the sum of some numbers of a file of ``NAME: NUMBER kB`` lines; 0 where it cannot be read."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return 0
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    return sum(int(found[name].split()[0]) for name in names if name in found)
