"""A rehearsal: a policy, freshly loaded, plays the first steps of a few episodes, and all is kept of it.

Nothing of it is recorded. The episodes are of the split ``train``, and seeds are of the rehearsal's own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.policy_spec import PolicySpec
from ilbench.guest.actions import ActionCheck
from ilbench.offspring import find_descendants
from ilbench.runner.faults import raise_fault
from ilbench.runner.hosts.host import Host
from ilbench.runner.hosts.places import make_host
from ilbench.runner.lane import Lane
from ilbench.vetting.stage import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.guest.answers import Answer

NUM_STEPS = 40
NUM_CALLS = 20
"""A lane plays on until it has so many steps of so many calls, or its episode ends."""
BUDGET_S = 20.0
"""After so long no further call is made; what was played is then compared as far as it goes."""
STATUS = Path("/proc/{}/status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a policy may take.

    Attributes:
        timeout_s: For one call.
        load_timeout_s: To load.
    """

    timeout_s: float = 60.0
    load_timeout_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What was seen.

    Attributes:
        load_s: How long the policy took to load.
        memory_bytes: Most memory that its processes have held at a time, each by itself; None where the
            system does not tell.
        num_lanes: How many lanes it serves side by side.
        note: Why these are fewer than were asked for.
        history: Observations a lane that it wants.
        chunk: Actions of the longest chunk.
        actions: By index of the episode, all actions that were played, ``(T, *shape)``.
        call_s: How long each call took.
        step_s: Wall time of a control step of one lane, calls and environment together.
        num_entries: Entries of continuous actions with limits.
        num_clipped: Those of them beyond the limits.
    """

    load_s: float
    memory_bytes: int | None
    num_lanes: int
    note: str
    history: int
    chunk: int
    actions: Mapping[int, NDArray[Any]]
    call_s: tuple[float, ...]
    step_s: float
    num_entries: int
    num_clipped: int


class CountingCheck(ActionCheck):
    """Counts the entries that are clipped, before they are.

    Attributes:
        num_entries: Entries of actions with limits.
        num_clipped: Those beyond the limits.
    """

    def __init__(self, action: Mapping[str, Any], width: int) -> None:
        super().__init__(action, width)
        self.num_entries = self.num_clipped = 0

    def judged(self, answer: Answer, live: Sequence[int]) -> Answer:
        """Returns what `ActionCheck.judged` does."""
        if self._bounds is not None:
            low, high = self._bounds
            for chunk in (answer.chunk(lane) for lane in live if lane not in answer.faults):
                self.num_entries += chunk.size
                self.num_clipped += int(((chunk < low) | (chunk > high)).sum())
        return super().judged(answer, live)


def rehearse(
    spec: PolicySpec, stage: Stage, indices: Sequence[int], num_lanes: int, patience: Patience
) -> Rehearsal:
    """Returns what was seen of a policy, freshly loaded, on the episodes of that index, all side by side.

    Args:
        spec: The policy.
        stage: The task's lanes.
        indices: Of the episodes; the same index is the same context and seed. No more of them are played
            than the policy serves lanes, or the stage has.
        num_lanes: How many lanes it is loaded for.
        patience: How long it may take.

    Raises:
        InvalidSubmissionError: It cannot be loaded.
        ConventionMismatchError: It says of its actions what the task does not take.
        PolicyFault: It fails, or returns what is no action.
        EnvFaultError: The environment fails.
    """
    before = find_descendants(os.getpid())
    stage.tell("the policy loads")
    start = perf_counter()
    host = make_host(spec, stage.task, num_lanes, patience.timeout_s, patience.load_timeout_s)
    load_s = perf_counter() - start
    counting = CountingCheck(stage.task.description()["action"], spec.width)
    host.check = counting
    try:
        scene = _Scene(host, stage.begin(indices, host))
        stage.tell("it plays")
        scene.play()
        memory = _peak_memory(find_descendants(os.getpid()) - before)
    finally:
        host.close()
    return Rehearsal(
        load_s=load_s,
        memory_bytes=memory,
        num_lanes=host.num_lanes,
        note=host.note,
        history=host.history,
        chunk=scene.chunk,
        actions={index: np.concatenate(chunks) for index, chunks in scene.chunks.items()},
        call_s=tuple(scene.call_s),
        step_s=scene.wall_s / max(1, sum(map(len, scene.chunks.values()))),
        num_entries=counting.num_entries,
        num_clipped=counting.num_clipped,
    )


class _Scene:
    """The playing itself."""

    def __init__(self, host: Host, lanes: Mapping[int, Lane]) -> None:
        self._host, self._lanes = host, lanes
        self.chunks: dict[int, list[NDArray[Any]]] = {index: [] for index in lanes}
        self.call_s: list[float] = []
        self.chunk = 1
        self.wall_s = 0.0

    def play(self) -> None:
        start = perf_counter()
        live = dict(self._lanes)
        while live and perf_counter() - start < BUDGET_S:
            self._tick(live)
            live = {i: lane for i, lane in live.items() if not lane.ended and not self._has_enough(i)}
        self.wall_s = perf_counter() - start

    def _tick(self, live: Mapping[int, Lane]) -> None:
        asked = perf_counter()
        answer = self._host.act([lane.index for lane in live.values()])
        self.call_s.append(perf_counter() - asked)
        for fault in answer.faults.values():
            raise_fault(fault)
        for index, lane in live.items():
            chunk = answer.chunk(lane.index)
            self.chunk = max(self.chunk, len(chunk))
            self.chunks[index].append(chunk)
            lane.give(chunk, 0.0, len(live))
            lane.play_chunk(self._host.history)

    def _has_enough(self, index: int) -> bool:
        chunks = self.chunks[index]
        return len(chunks) >= NUM_CALLS and sum(map(len, chunks)) >= NUM_STEPS


def _peak_memory(processes: set[int]) -> int | None:
    """Returns the sum of the most memory that each process has held, in bytes; None if nobody knows."""
    peaks = [peak for pid in processes if (peak := _peak_of(pid)) is not None]
    return sum(peaks) if peaks else None


def _peak_of(pid: int) -> int | None:
    try:
        lines = Path(str(STATUS).format(pid)).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # it has ended meanwhile, or the system has no such files
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), None)
