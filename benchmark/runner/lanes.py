"""Lanes: a few environments of one task, played side by side by one policy.

Every lane that waits for actions is served by one batched call; then every lane plays its chunk to the
end. A lane whose episode has ended takes the next one at once: the list of episodes is fixed
beforehand, so short episodes are not favored.

A call that fails as a whole cannot be laid at one episode's door, and a record must not depend on who
sat in the other lanes. So every episode that was live in a faulty call is *suspect*: it is played once
more, alone, by a policy that remembers nothing of the first time, and only what happens then is recorded.

A connection to a policy's server that is lost is nobody's fault: the episodes that were live are played again
from their start, beside others, as soon as there is another connection.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Literal, TypeAlias

from ilbench.contract.task import Context, Task
from ilbench.guest.answers import LaneFault
from ilbench.runner.faults import (
    ConnectionLostError,
    EpisodeTimeout,
    PolicyEnded,
    PolicyFault,
    ServerUnreachableError,
    raise_fault,
)
from ilbench.runner.hosts.host import Host, LostWhileLoadingError, PrivilegedHost
from ilbench.runner.lane import EnvFaultError, Lane
from ilbench.runner.patience import Patience
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import EpisodeRecord

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment


Phase: TypeAlias = Literal["idle", "load", "env", "policy"]
"""What a player is doing, as a watch is told."""

Played: TypeAlias = Literal["nothing", "alone", "lanes", "fault"]
"""What a policy has been used for since it was loaded: single episodes alone; anything; up to a fault."""

NUM_TRIES = 3
"""How often a policy is loaded, or probed, whose process comes to its end meanwhile."""


class LanePlayer:
    """Plays episodes of one task.

    Args:
        task: The task.
        make_host: Loads a fresh policy that serves so many lanes.
        num_lanes: How many environments are stepped side by side, up to the policy's width; no more than the
            policy can serve, which may be one.
        watch: Told what is being done (`Watch`), so that a hang is noticed from outside.
        make_env: Makes the environment of a lane; the task's own if not given.
        episode_timeout_s: How long the policy may take for one episode, all calls together.

    Attributes:
        suspects: Episodes that have to be played again, alone, in the order in which they became suspect;
            whoever plays them takes them out.
    """

    def __init__(
        self,
        task: Task,
        make_host: Callable[[int], Host],
        num_lanes: int,
        watch: Watch,
        make_env: Callable[[], Environment] | None = None,
        *,
        episode_timeout_s: float = math.inf,
    ) -> None:
        self._task = task
        self._make_host = make_host
        self._watch = watch
        self._episode_timeout_s = episode_timeout_s
        self._num_lanes = num_lanes
        self._played: Played = "nothing"
        self._loaded_lanes = num_lanes
        self._privileged: PrivilegedHost | None = None
        self._host = self._load(num_lanes)
        self._contexts: dict[str, tuple[Context, ...]] = {}
        lanes = range(min(num_lanes, self._host.num_lanes))
        self._lanes = [Lane(task, index, make_env or task.make_env) for index in lanes]
        self.suspects: deque[Episode] = deque()
        self._again: deque[Episode] = deque()

    @property
    def note(self) -> str:
        """Why fewer lanes are played than were asked for; empty where they are not."""
        return self._host.note

    def play(self, take: Callable[[], Episode | None]) -> Iterator[EpisodeRecord]:
        """Yields the record of each episode as it ends, until `take` has none left; suspects have none yet.

        Args:
            take: Returns the next episode of the task, or None.
        """
        live: list[Lane] = []

        def next_one() -> Episode | None:
            return self._again.popleft() if self._again else take()

        while True:
            try:
                yield from self._fill(live, next_one)
                if not live:
                    break
                yield from self._tick(live)
            except ConnectionLostError as lost:
                live.clear()
                self._again.extend(self._interrupt(lost))
                self._reconnect(lost, self._num_lanes)

    def play_alone(self, episode: Episode) -> Iterator[EpisodeRecord]:
        """Yields the record of one episode, played alone by a policy that has had no part in a fault.

        Only a policy that has played nothing else is blamed. One that was killed from outside is followed by
        another one once, before there is a verdict.

        There is no record where the policy had played other episodes and is at fault: the episode is suspect
        again.
        """
        has_played = self._played == "alone"
        if self._played in ("lanes", "fault"):
            self._renew_host(1)
        lane = self._lanes[0]
        fault = self._try_connected(episode)
        if isinstance(fault, PolicyEnded) and fault.is_from_outside and not has_played:
            self._watch.retry(episode.id, fault.status, fault.reason)
            self._retire(lane)
            self._renew_host(1)
            fault = self._try_connected(episode)
        self._played = "fault" if isinstance(fault, PolicyFault) else "alone"
        if isinstance(fault, PolicyFault) and has_played:
            self._suspect({lane: fault})
            self.suspects.rotate(1)  # the next to be played: the policy is fresh then
            return
        if fault is None:
            yield lane.record("ok", None)
        elif isinstance(fault, PolicyFault) and (problem := lane.problem_of_what_was_seen()) is None:
            yield lane.record(fault.status, fault.reason)
        else:
            yield lane.record("env_error", problem if isinstance(fault, PolicyFault) else str(fault))
            lane.close()
        self._retire(lane)

    def probe(self, episode: Episode) -> None:
        """Plays the first step of an episode, for a fault that would otherwise fail every episode.

        Raises:
            PolicyFault: What is wrong with the policy.
            EnvFaultError: What is wrong with the environment.
        """
        lane = self._lanes[0]
        for left in reversed(range(NUM_TRIES)):
            try:
                self._start(lane, episode)
                self._ask_alone(lane)
                self._watch.enter("env")
                lane.play_chunk(self._host.history)
                break
            except EnvFaultError:
                lane.close()
                raise
            except PolicyEnded:
                if not left:
                    raise
                self._renew_host(self._num_lanes)
            except ConnectionLostError as lost:
                if not left:
                    raise ServerUnreachableError(lost.reason) from lost
                self._retire(lane)
                self._reconnect(lost, self._num_lanes)
            finally:
                self._retire(lane)
        self._played = "lanes"

    def close(self) -> None:
        """Closes policy and environments."""
        self._host.close()
        for lane in self._lanes:
            lane.close()

    def _try_connected(self, episode: Episode) -> PolicyFault | EnvFaultError | None:
        """Plays an episode in the first lane, until it is not the connection that ends it."""
        while True:
            try:
                return self._try_alone(episode)
            except ConnectionLostError as lost:
                self._interrupt(lost)
                self._reconnect(lost, 1)

    def _try_alone(self, episode: Episode) -> PolicyFault | EnvFaultError | None:
        """Plays an episode in the first lane; returns what went wrong."""
        lane = self._lanes[0]
        try:
            self._start(lane, episode)
            while not lane.ended:
                self._ask_alone(lane)
                self._watch.enter("env")
                lane.play_chunk(self._host.history)
        except (PolicyFault, EnvFaultError) as fault:
            return fault
        return None

    def _fill(self, live: list[Lane], take: Callable[[], Episode | None]) -> Iterator[EpisodeRecord]:
        """Gives every free lane an episode; yields the records of those that cannot even start."""
        for lane in self._lanes:
            while lane.episode is None and (episode := take()) is not None:
                if self._played == "fault" or self._loaded_lanes < len(self._lanes):
                    self._renew_host(self._num_lanes)
                self._played = "lanes"
                try:
                    self._start(lane, episode)
                except PolicyFault as fault:
                    self._suspect({lane: fault})
                    if fault.ends_policy:
                        self._suspect_all(live, fault)
                except EnvFaultError as error:
                    yield lane.record("env_error", str(error))
                    lane.close()
                    self._retire(lane)
                else:
                    live.append(lane)
                    live.sort(key=lambda one: one.index)

    def _tick(self, live: list[Lane]) -> Iterator[EpisodeRecord]:
        """One batched call for all live lanes, and the steps that follow from it."""
        try:
            self._ask(live)
        except PolicyFault as fault:
            self._suspect_all(live, fault)
            return
        self._watch.enter("env")
        history = self._host.history
        for lane in live:
            if lane.episode is None:
                continue
            try:
                lane.play_chunk(history)
            except EnvFaultError as error:
                yield lane.record("env_error", str(error))
                lane.close()
                self._retire(lane)
            else:
                if lane.ended:
                    yield lane.record("ok", None)
                    self._retire(lane)
        live[:] = [lane for lane in live if lane.episode is not None]

    def _ask(self, live: list[Lane]) -> None:
        """Gives every lane its chunk; lanes that are at fault themselves become suspect."""
        indices = [lane.index for lane in live]
        self._watch.enter("policy")
        start = perf_counter()
        values, lengths, faults = self._host.act(indices)
        call_s = perf_counter() - start
        for lane in live:
            if lane.index not in faults:
                lane.give(values[lane.index, : lengths[lane.index]], call_s, len(indices))
        if faults:
            self._suspect({lane: faults[lane.index] for lane in live if lane.index in faults})
        if any(lane.asked_s > self._episode_timeout_s for lane in live):
            limit = EpisodeTimeout(self._episode_timeout_s)
            self._suspect({lane: limit for lane in live if lane.asked_s > self._episode_timeout_s})

    def _ask_alone(self, lane: Lane) -> None:
        """Gives the only live lane its chunk.

        Raises:
            PolicyFault: The call failed, or the lane is at fault.
        """
        self._watch.enter("policy")
        start = perf_counter()
        answer = self._host.act([lane.index])
        if lane.index in answer.faults:
            raise_fault(answer.faults[lane.index])
        lane.give(answer.chunk(lane.index), perf_counter() - start, 1)
        if lane.asked_s > self._episode_timeout_s:
            raise EpisodeTimeout(self._episode_timeout_s)

    def _start(self, lane: Lane, episode: Episode) -> None:
        split, context = episode.id.split, episode.id.context
        lane.episode = episode
        self._watch.enter("env")
        self._watch.begin(lane.index, episode.id)
        if split not in self._contexts:
            self._contexts[split] = self._task.contexts(split)
        lane.reset(self._contexts[split][context], self._host.observations)
        self._watch.enter("policy")
        if self._privileged is not None:
            self._privileged.show(lane.index, lane.env)
        self._host.reset(lane.index, episode.policy_seed)

    def _retire(self, lane: Lane) -> None:
        lane.clear(self._host.observations)
        self._watch.begin(lane.index, None)

    def _suspect_all(self, live: list[Lane], fault: PolicyFault) -> None:
        """Makes a suspect of every episode of a call that failed as a whole; nobody is live any more."""
        why = fault
        if len(live) > 1:
            why = PolicyFault(f"a call for {len(live)} episodes failed: {fault.status}: {fault.reason}")
        self._suspect(dict.fromkeys(live, why), "interrupted" if len(live) > 1 else fault.status)
        live.clear()
        self._played = "fault"

    def _suspect(self, faults: Mapping[Lane, PolicyFault | LaneFault], status: str | None = None) -> None:
        for lane, fault in faults.items():
            if lane.episode is not None:
                self.suspects.append(lane.episode)
                self._watch.retry(lane.episode.id, status or fault.status, fault.reason)
            self._retire(lane)

    def _reconnect(self, lost: ConnectionLostError, num_lanes: int) -> None:
        """Gets another connection.

        Raises:
            ServerUnreachableError: There is none in time.
        """
        self._watch.lose(lost.reason)
        self._renew_host(num_lanes)

    def _interrupt(self, lost: ConnectionLostError) -> list[Episode]:
        """Returns the episodes that were live, whose lanes are free now: they are to be played again."""
        interrupted = []
        for lane in self._lanes:
            if lane.episode is not None:
                interrupted.append(lane.episode)
                self._watch.retry(lane.episode.id, "interrupted", f"the connection was lost: {lost.reason}")
                self._retire(lane)
        return interrupted

    def _renew_host(self, num_lanes: int) -> None:
        self._host.close()
        self._host = self._load(num_lanes)

    def _load(self, num_lanes: int) -> Host:
        """Returns a fresh policy; one whose process ends while it loads is tried again.

        Raises:
            ServerUnreachableError: Its server has been gone for too long.
        """
        self._played = "nothing"
        self._loaded_lanes = num_lanes
        num_lost, patience = 0, Patience()
        while True:
            self._watch.enter("load")
            try:
                host = self._make_host(num_lanes)
            except LostWhileLoadingError:
                num_lost += 1
                if num_lost == NUM_TRIES:
                    raise
            except ConnectionLostError as lost:
                self._watch.lose(lost.reason)
                patience.wait(lost)
            else:
                self._privileged = host if isinstance(host, PrivilegedHost) else None
                return host


class Watch:
    """What a player tells of its doings; the worker shows it to the scheduler."""

    def enter(self, phase: Phase) -> None:
        """Called before work that may hang: ``"load"``, ``"env"`` or ``"policy"``."""

    def retry(self, episode: EpisodeId, status: str, reason: str) -> None:
        """Called when what was played of an episode does not count, and it is played again.

        Args:
            episode: Which.
            status: That of a record, or ``"interrupted"`` where it was not the episode's own doing.
            reason: One line.
        """

    def lose(self, reason: str) -> None:
        """Called when the connection to the policy's server is lost, which will be waited for."""

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Called when a lane takes an episode, and with None when it is done with it."""
