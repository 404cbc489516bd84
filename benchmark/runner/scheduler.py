"""The scheduler: deals episodes to workers and takes in their records.

Which worker plays an episode, and when, changes no record. A worker that dies or hangs takes nothing with it:
the episodes that it had not begun go to the others, those that it was playing are played again, each alone,
and only one that kills or hangs its worker alone is recorded as a fault. Where workers live is a fleet's
business.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Generic, NamedTuple

from ilbench.errors import InvalidPolicyError
from ilbench.runner.faults import PolicyTimeout, RemoteTracebackError
from ilbench.runner.fleets.fleet import Fleet, Link, Message, WorkerConfig, WorkerDiedError
from ilbench.runner.lanes import EnvFaultError, Phase
from ilbench.runs.identity import Episode
from ilbench.runs.record import EpisodeRecord, Times, blank_record

ENV_TIMEOUT_S = 300.0
MAX_IDLE_DEATHS = 3
GRACE_S = 10.0
"""A policy outside a worker is timed by it; the scheduler steps in only so much later."""
POLL_S = 0.2


class Played(NamedTuple):
    """An episode that has been played.

    Attributes:
        record: What happened.
        kept: What the worker's keeper kept of it, if it has one and there is something.
    """

    record: EpisodeRecord
    kept: bytes | None = None


class Scheduler(Generic[Link]):
    """Plays episodes on the workers of a fleet.

    Args:
        config: What every worker is told.
        fleet: Where they live.
        num_workers: How many.

    Attributes:
        notes: What the user should know of the policies, once they have been probed.
    """

    def __init__(self, config: WorkerConfig, fleet: Fleet[Link], num_workers: int) -> None:
        self._config = config
        self._fleet = fleet
        self._seats = [_Seat(fleet.start(config)) for _ in range(num_workers)]
        self._pending: deque[tuple[int, Episode]] = deque()
        self._idle_deaths = 0
        self.notes: list[str] = []
        outside = any(spec.place != "inline" for spec in config.policies.values())
        self._limit_s = config.timeout_s + (GRACE_S if outside else 0.0)

    def probe(self, episodes: Sequence[Episode]) -> None:
        """Plays the first step of each episode, for a fault that every episode would share.

        Raises:
            InvalidPolicyError: Says what the policy did and what was expected.
            EnvFaultError: Says what the environment did.
        """
        seat = self._seats[0]
        for episode in episodes:
            try:
                seat.link.send(Message({"probe": [list(episode.id), episode.policy_seed]}))
                while not self._fleet.wait([seat.link], POLL_S):
                    self._check_alive(seat)
                self._receive(seat)
            except WorkerDiedError as death:
                how = seat.kill()
                why = f"no answer within {self._config.timeout_s:g} s" if seat.hung_in else how
                raise InvalidPolicyError(f"{episode.id.task}, first step: {why}") from death

    def run(self, episodes: Sequence[Episode]) -> Iterator[Played]:
        """Yields every episode once, in the order in which they end."""
        self._pending.extend(enumerate(episodes))
        remaining = len(episodes)
        while remaining:
            for played in self._next():
                remaining -= 1
                yield played

    def close(self) -> None:
        """Ends all workers at once."""
        for seat in self._seats:
            seat.kill()

    def __enter__(self) -> Scheduler[Link]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _next(self) -> Iterator[Played]:
        for index in range(len(self._seats)):
            yield from self._tend(index, self._feed)
        ready = self._fleet.wait([seat.link for seat in self._seats], POLL_S)
        for index, seat in enumerate(self._seats):
            yield from self._tend(index, self._receive if seat.link in ready else self._check_alive)

    def _tend(self, index: int, act: Callable[[_Seat[Link]], Played | None]) -> Iterator[Played]:
        """Does something with a seat, yields what came of it, and mends a death."""
        try:
            played = act(self._seats[index])
        except WorkerDiedError as death:
            played = self._replace(index, death)
        if played is not None:
            self._idle_deaths = 0
            yield played

    def _receive(self, seat: _Seat[Link]) -> Played | None:
        message = seat.link.receive()
        content = message.content
        if "fatal" in content:
            raise InvalidPolicyError(content["fatal"]) from RemoteTracebackError(content["traceback"])
        if content.get("note"):
            self.notes.append(content["note"])
        if "env_fault" in content:
            raise EnvFaultError(content["env_fault"]) from RemoteTracebackError(content["traceback"])
        if "record" not in content:
            return None
        del seat.outstanding[content["number"]]
        return Played(EpisodeRecord.model_validate(content["record"]), message.kept)

    def _feed(self, seat: _Seat[Link]) -> None:
        """Tops up a worker's queue: enough that it never waits, and a fair share near the end."""
        if seat.alone and seat.outstanding:
            return
        seat.alone = False
        share = -(-len(self._pending) // len(self._seats))
        room = min(2 * self._config.num_lanes, share) - len(seat.outstanding)
        given = [self._pending.popleft() for _ in range(min(room, len(self._pending)))]
        if given:
            seat.give(given, alone=False)

    def _check_alive(self, seat: _Seat[Link]) -> None:
        status = seat.link.status()
        if status.silent_s > (ENV_TIMEOUT_S if status.phase == "env" else self._limit_s):
            seat.hung_in = status.phase
            raise WorkerDiedError

    def _replace(self, index: int, death: WorkerDiedError) -> Played | None:
        """Puts a new worker in the place of a dead one.

        The new one plays alone what was live in the old one.

        Returns:
            The episode that ended a worker while it was played alone, if one did.
        """
        seat = self._seats[index]
        lost, live = seat.outstanding, [n for n in seat.link.status().live if n in seat.outstanding]
        how = seat.kill()
        verdict = None
        if not live:
            self._count_idle_death(how, death)
        if seat.alone:
            if live:
                verdict = self._verdict(lost.pop(live[0]), seat.hung_in, how)
            suspects = lost
        else:
            suspects = {number: lost.pop(number) for number in live}
            self._pending.extendleft(reversed(lost.items()))
        self._seats[index] = _Seat(self._fleet.start(self._config))
        if suspects:
            with suppress(WorkerDiedError):  # one that is dead already is found so by the next receive
                self._seats[index].give(list(suspects.items()), alone=True)
        return verdict

    def _count_idle_death(self, how: str, death: WorkerDiedError) -> None:
        self._idle_deaths += 1
        if self._idle_deaths >= MAX_IDLE_DEATHS:
            raise InvalidPolicyError(
                f"the worker process ended {MAX_IDLE_DEATHS} times without playing an episode "
                f"({how}); its last words are above"
            ) from death

    def _verdict(self, episode: Episode, hung_in: Phase | None, how: str) -> Played:
        task = self._config.tasks[episode.id.task]
        times = Times(env_s=0.0, policy_s=0.0)
        if hung_in == "policy":
            reason = str(PolicyTimeout(self._config.timeout_s))
            return Played(blank_record(task, episode, "timeout", reason, times))
        if hung_in == "env":
            reason = f"the environment did not answer within {ENV_TIMEOUT_S:g} s"
        else:
            reason = f"the worker process ended while playing this episode alone ({how})"
        return Played(blank_record(task, episode, "env_error", reason, times))


class _Seat(Generic[Link]):
    """A place for one worker, and what it has been given to play."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.outstanding: dict[int, Episode] = {}
        self.alone = False
        self.hung_in: Phase | None = None

    def give(self, episodes: Sequence[tuple[int, Episode]], *, alone: bool) -> None:
        """Sends episodes to play."""
        self.outstanding.update(episodes)
        self.alone = alone
        play = [[number, list(episode.id), episode.policy_seed] for number, episode in episodes]
        self.link.send(Message({"play": play, "alone": alone}))

    def kill(self) -> str:
        """Ends the worker and returns how it came to its end."""
        return self.link.kill(at_once=self.hung_in is not None)
