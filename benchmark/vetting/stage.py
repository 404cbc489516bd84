"""The stage of rehearsals: lanes whose environments are built once, and played in again by each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from types import TracebackType

from ilbench.contract.task import Task
from ilbench.runner.hosts.host import Host
from ilbench.runner.lane import Lane
from ilbench.runs.identity import Episode, EpisodeId

FEWEST_LANES = 2
"""Of a policy that serves several: below this, nobody could tell whether they influence each other."""
BUILD_S = 5.0
"""After so long no further environment is built: some simulators take seconds for each."""

Tell = Callable[[str], object]
"""Is told what goes on, in a few words."""


class Stage:
    """A context manager of a task's lanes.

    Args:
        task: The task.
        num_lanes: How many there are at most.
        tell: Called with what goes on.
    """

    def __init__(self, task: Task, num_lanes: int, tell: Tell = lambda text: None) -> None:
        self.task = task
        self._lanes = [Lane(task, index, task.make_env) for index in range(num_lanes)]
        self._tell = tell

    def tell(self, text: str) -> None:
        """Tells what goes on with the task."""
        self._tell(f"{self.task.id}: {text}")

    def begin(self, indices: Sequence[int], host: Host) -> dict[int, Lane]:
        """Returns the lanes of some episodes, each at its start, by the episode's index.

        They are fewer than the episodes where the policy serves fewer, or environments take long to build;
        the later rehearsals have no more lanes then.

        Raises:
            EnvFaultError: The environment fails.
        """
        contexts, start = self.task.contexts("train"), perf_counter()
        begun: dict[int, Lane] = {}
        for index, lane in zip(indices, self._lanes[: host.num_lanes], strict=False):
            if len(begun) >= FEWEST_LANES and perf_counter() - start > BUILD_S:
                del self._lanes[len(begun) :]
                break
            self.tell(f"environment {len(begun) + 1} of {min(len(indices), host.num_lanes)}")
            who = EpisodeId(self.task.id, "train", index % len(contexts), index)
            lane.clear({})
            lane.episode = Episode(who, who.seed("rehearsal"))
            lane.reset(contexts[who.context], host.observations)
            host.reset(lane.index, lane.episode.policy_seed)
            begun[index] = lane
        return begun

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in self._lanes:
            lane.close()
