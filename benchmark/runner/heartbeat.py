"""The heartbeat of a worker: a small memory in which it shows what it is doing.

The scheduler reads it when the worker is silent or dead, so it lies where it can be read then: for a process
of this machine in a memory file that both map.
"""

from __future__ import annotations

import time
from mmap import mmap

from ilbench.runner.fleets.fleet import Status
from ilbench.runner.lanes import Phase, Watch
from ilbench.runs.identity import EpisodeId

PHASES: dict[Phase, float] = {"idle": 0.0, "env": 1.0, "policy": 2.0}
IDLE = PHASES["idle"]


def heartbeat_bytes(num_lanes: int) -> int:
    """Returns the size of the memory: phase, time since when, and the number of the episode in each lane."""
    return 8 * (2 + num_lanes)


class Heartbeat(Watch):
    """The shown doings of one worker; made, and thereby cleared, before the worker begins.

    Args:
        memory: Of `heartbeat_bytes`, shared by the two that look at it.
    """

    def __init__(self, memory: mmap | bytearray) -> None:
        # Not an array: setting one number through a memoryview takes a third of the time.
        self._cells = memoryview(memory).cast("d")
        self.numbers: dict[EpisodeId, int] = {}
        self.clear()

    def enter(self, phase: Phase) -> None:
        """Shows what begins now."""
        # The time first: a reader between the two writes must not see a new phase with an old time,
        # which looks like a hang.
        self._cells[1] = time.monotonic()
        self._cells[0] = PHASES[phase]

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Shows which episode a lane is in."""
        self._cells[2 + lane] = -1 if episode is None else self.numbers[episode]

    def clear(self) -> None:
        """Shows an idle worker."""
        self._cells[0] = IDLE
        for cell in range(2, len(self._cells)):
            self._cells[cell] = -1

    def status(self) -> Status:
        """Returns what the worker is doing; whoever else writes meanwhile, no hang is seen that is none."""
        shown = self._cells[0]  # read once, and before the time: the worker may go on meanwhile
        phase = next(name for name, code in PHASES.items() if code == shown)
        silent_s = 0.0 if shown == IDLE else time.monotonic() - self._cells[1]
        return Status(phase, silent_s, tuple(int(number) for number in self._cells[2:] if number >= 0))
