"""The heartbeat of a worker: a small memory in which it shows what it is doing.

The scheduler reads it when the worker is silent or dead, so it lies where it can be read then: for a process
of this machine in a memory file that both map.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from mmap import mmap

from ilbench.runner.fleets.fleet import Status
from ilbench.runner.lanes import Phase, Watch
from ilbench.runs.identity import EpisodeId

PHASES: dict[Phase, float] = {"idle": 0.0, "env": 1.0, "policy": 2.0, "load": 3.0}


def heartbeat_bytes(num_lanes: int) -> int:
    """Returns the size of the memory: phase, time since when, and the number of the episode in each lane."""
    return 8 * (2 + num_lanes)


class Heartbeat(Watch):
    """The shown doings of one worker; made before the worker begins, it shows one that is on its way.

    Attributes:
        numbers: Of the episodes that the worker has been given.
        on_retry: Told what `retry` is told.
        on_loss: Told what `lose` is told.

    Args:
        memory: Of `heartbeat_bytes`, shared by the two that look at it.
    """

    def __init__(self, memory: mmap | bytearray) -> None:
        # Not an array: setting one number through a memoryview takes a third of the time.
        self._cells = memoryview(memory).cast("d")
        self.numbers: dict[EpisodeId, int] = {}
        self.on_retry: Callable[[EpisodeId, str, str], None] = _tells_nobody
        self.on_loss: Callable[[str], None] = _says_nothing
        self._leave_lanes()
        self.enter("load")

    def enter(self, phase: Phase) -> None:
        """Shows what begins now."""
        # The time first: a reader between the two writes must not see a new phase with an old time,
        # which looks like a hang.
        self._cells[1] = time.monotonic()
        self._cells[0] = PHASES[phase]

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Shows which episode a lane is in."""
        self._cells[2 + lane] = -1 if episode is None else self.numbers[episode]

    def retry(self, episode: EpisodeId, status: str, reason: str) -> None:
        """Passes on what was played in vain."""
        self.on_retry(episode, status, reason)

    def lose(self, reason: str) -> None:
        """Passes on that the connection to the policy's server is lost."""
        self.on_loss(reason)

    def clear(self) -> None:
        """Shows an idle worker."""
        self._leave_lanes()
        self.enter("idle")

    def status(self) -> Status:
        """Returns what the worker is doing; whoever else writes meanwhile, no hang is seen that is none.

        The worker's foreign code could write here. What makes no sense is therefore shown as a policy that
        has been silent for ever.
        """
        shown = self._cells[0]  # read once, and before the time: the worker may go on meanwhile
        since = self._cells[1]
        silent_s = time.monotonic() - since
        phase = next((name for name, code in PHASES.items() if code == shown), None)
        live = tuple(int(cell) for cell in self._cells[2:] if 0 <= cell < math.inf)
        if phase is None or not 0 <= silent_s < math.inf:
            return Status("policy", math.inf, live)
        return Status(phase, silent_s, live)

    def _leave_lanes(self) -> None:
        for cell in range(2, len(self._cells)):
            self._cells[cell] = -1


def _says_nothing(reason: str) -> None:
    """Does nothing."""


def _tells_nobody(episode: EpisodeId, status: str, reason: str) -> None:
    """Does nothing."""
