"""The scheduler: deals episodes to workers and takes in their records.

Which worker plays an episode, and when, changes no record. A worker that dies or hangs takes nothing with it:
the episodes that it had not begun go to the others, those that it was playing become suspect, as those of a
call that failed. Suspects are played again at the end, each alone and by a policy that remembers nothing of
the first time: where the policy lives in the worker, by a fresh worker. Only what happens then is recorded.
Where workers live is a fleet's business.
"""

from __future__ import annotations

import heapq
import math
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple

from ilbench.contract.convention import ConventionMismatchError, Difference
from ilbench.errors import ILBenchWarning, InvalidPolicyError
from ilbench.plain_text import one_line
from ilbench.processes import FROM_OUTSIDE
from ilbench.runner.faults import LOAD_TIMEOUT, PolicyTimeout, RemoteTracebackError, ServerUnreachableError
from ilbench.runner.fleets.fleet import Fleet, GarbledMailError, Link, Message, WorkerConfig, WorkerDiedError
from ilbench.runner.lane import EnvFaultError
from ilbench.runner.lanes import NUM_TRIES, Phase
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import POLICY_FAULTS, EpisodeRecord, Status, Times, blank_record

ENV_TIMEOUT_S = 300.0
IDLE_TIMEOUT_S = 60.0
"""How long a worker may leave its mail unread: one that does has been stopped."""
GRACE_S = 10.0
"""A policy outside a worker is timed by it; the scheduler steps in only so much later."""
POLL_S = 0.2
DOINGS: Mapping[Phase, str] = {
    "idle": "it had nothing to do",
    "load": "it loaded the policy",
    "env": "the environment had the word",
    "policy": "the policy had the word",
}
ABSENCE_S = 5.0
"""A scheduler that has not looked for so long was stopped itself, or its caller was busy."""


class ConnectionLostWarning(ILBenchWarning):
    """A run whose policy's server was gone for a while; its records are the same."""


class Played(NamedTuple):
    """An episode that has been played.

    Attributes:
        record: What happened.
        kept: What the worker's keeper kept of it, if it has one and there is something.
    """

    record: EpisodeRecord
    kept: bytes | None = None


def unheard(episode: EpisodeId, status: str, reason: str) -> None:
    """Says nothing: the attempts of who does not want to hear of them."""


class Scheduler(Generic[Link]):
    """Plays episodes on the workers of a fleet.

    Args:
        config: What every worker is told.
        fleet: Where they live.
        num_workers: How many.
        on_attempt: Called with an episode, a status and a reason whenever an episode was played in vain and
            is played again: the status of a record, or ``"interrupted"`` where it was not its own doing.

    Attributes:
        notes: What the user should know of the policies, once they have been probed.
    """

    def __init__(
        self,
        config: WorkerConfig,
        fleet: Fleet[Link],
        num_workers: int,
        on_attempt: Callable[[EpisodeId, str, str], None] = unheard,
    ) -> None:
        self._config = config
        self._fleet = fleet
        self._on_attempt = on_attempt
        self._pending: deque[tuple[int, Episode]] = deque()
        self._suspects: list[tuple[int, Episode]] = []
        self._tried: set[int] = set()
        self._idle_deaths = 0
        self._looked_at = time.monotonic()
        self._back_at = -math.inf
        self._has_warned = False
        self.notes: list[str] = []
        grace_s = GRACE_S if any(spec.place != "inline" for spec in config.policies.values()) else 0.0
        self._limits_s: dict[Phase, float] = {
            "idle": IDLE_TIMEOUT_S,
            "load": config.load_timeout_s + grace_s,
            "env": ENV_TIMEOUT_S,
            "policy": config.timeout_s + grace_s,
        }
        self._seats: list[_Seat[Link]] = []
        try:
            for _ in range(num_workers):
                self._seats.append(_Seat(fleet.start(config)))
        except BaseException:
            self.close()
            raise

    def probe(self, episodes: Sequence[Episode]) -> None:
        """Plays the first step of each episode, for a fault that every episode would share.

        Raises:
            InvalidPolicyError: Says what the policy did and what was expected.
            EnvFaultError: Says what the environment did.
        """
        for episode in episodes:
            for left in reversed(range(NUM_TRIES)):
                try:
                    self._probe(self._seats[0], episode)
                except WorkerDiedError as death:
                    phase, hung_in = self._seats[0].link.status().phase, self._seats[0].hung_in
                    how = self._end(0, death)
                    if hung_in is None:
                        how = f"the worker process ended while {DOINGS[phase]} ({how})"
                    if hung_in or not left:
                        raise InvalidPolicyError(f"{episode.id.task}, first step: {how}") from death
                else:
                    break

    def run(self, episodes: Sequence[Episode]) -> Iterator[Played]:
        """Yields every episode once, in the order in which they end."""
        self._pending.extend(enumerate(episodes))
        remaining = len(episodes)
        while remaining:
            for played in self._next():
                remaining -= 1
                yield played

    def close(self) -> None:
        """Ends all workers at once, and what they have started."""
        for seat in self._seats:
            seat.kill()
        self._fleet.close()

    def __enter__(self) -> Scheduler[Link]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _probe(self, seat: _Seat[Link], episode: Episode) -> None:
        seat.is_probing = True
        seat.send({"probe": [list(episode.id), episode.policy_seed]})
        while seat.is_probing:
            ready = self._fleet.wait([seat.link], POLL_S)
            self._note_absence()
            if ready:
                self._receive(0)
            else:
                self._check_alive(0)

    def _next(self) -> Iterator[Played]:
        self._note_absence()
        for index in range(len(self._seats)):
            yield from self._tend(index, self._feed)
        ready = self._fleet.wait([seat.link for seat in self._seats], POLL_S)
        self._note_absence()
        for index, seat in enumerate(self._seats):
            yield from self._tend(index, self._receive if seat.link in ready else self._check_alive)

    def _tend(self, index: int, act: Callable[[int], Played | None]) -> Iterator[Played]:
        """Does something with a seat, yields what came of it, and mends a death."""
        try:
            played = act(index)
        except WorkerDiedError as death:
            played = self._mend(index, death)
        if played is not None:
            self._idle_deaths = 0
            yield played

    def _receive(self, index: int) -> Played | None:
        seat = self._seats[index]
        message = seat.link.receive()
        if message is None:
            self._check_alive(index)
            return None
        try:
            return self._take_in(seat, message.content, message.kept)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GarbledMailError("it sent what is no message") from error

    def _take_in(self, seat: _Seat[Link], content: Any, kept: bytes | None) -> Played | None:
        if "mismatch" in content:
            task_id, differences = content["mismatch"]
            raise ConventionMismatchError(task_id, tuple(Difference(*one) for one in differences))
        if "fatal" in content:
            raise InvalidPolicyError(content["fatal"]) from RemoteTracebackError(content["traceback"])
        if "unreachable" in content:
            raise ServerUnreachableError(content["unreachable"])
        if "lost" in content:
            self._warn_of_loss(content["lost"])
            return None
        if "env_fault" in content:
            seat.is_probing = False
            raise EnvFaultError(content["env_fault"]) from RemoteTracebackError(content["traceback"])
        if "probed" in content:
            seat.is_probing = False
            self.notes += [content["note"]] if content.get("note") else []
        elif "attempt" in content:
            identity, status, reason = content["attempt"]
            self._on_attempt(EpisodeId(*identity), status, reason)
        elif "suspects" in content:
            seat.is_fresh = False
            for number in content["suspects"]:
                heapq.heappush(self._suspects, (number, seat.outstanding.pop(number)))
        else:
            record = EpisodeRecord.model_validate(content["record"])
            del seat.outstanding[content["number"]]
            seat.is_fresh = seat.is_fresh and record.status not in POLICY_FAULTS
            return Played(record, kept)
        return None

    def _warn_of_loss(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"the connection to the policy's server is lost ({one_line(reason, 200)}); it is waited for, "
                "and the episodes that were going on are played again from their start",
                ConnectionLostWarning,
                stacklevel=2,
            )

    def _feed(self, index: int) -> None:
        """Tops up a worker's queue: enough that it never waits, and a fair share near the end."""
        seat = self._seats[index]
        if seat.alone and seat.outstanding:
            return
        if not self._pending:
            if self._suspects and not seat.outstanding:
                self._give_alone(index)
            return
        share = -(-len(self._pending) // len(self._seats))
        room = min(2 * self._config.num_lanes, share) - len(seat.outstanding)
        given = [self._pending.popleft() for _ in range(min(room, len(self._pending)))]
        if given:
            seat.give(given, alone=False)

    def _give_alone(self, index: int) -> None:
        """Has a suspect played alone; a policy that lives in the worker must have had no part in a fault."""
        number, episode = heapq.heappop(self._suspects)
        if self._config.policies[episode.id.task].place == "inline" and not self._seats[index].is_fresh:
            self._seats[index].kill()
            self._seats[index] = _Seat(self._fleet.start(self._config))
        self._seats[index].give([(number, episode)], alone=True)

    def _note_absence(self) -> None:
        now = time.monotonic()
        if now - self._looked_at > ABSENCE_S:
            self._back_at = now
        self._looked_at = now

    def _check_alive(self, index: int) -> None:
        seat = self._seats[index]
        status = seat.link.status()
        since = self._back_at
        if status.phase == "idle":
            if not (seat.outstanding or seat.is_probing):
                return
            since = max(since, seat.written_at)
        if min(status.silent_s, time.monotonic() - since) > self._limits_s[status.phase]:
            seat.hung_in = status.phase
            raise WorkerDiedError

    def _end(self, index: int, death: WorkerDiedError) -> str:
        """Ends a worker that is dead, hangs or talks nonsense, seats another, and returns how it ended.

        Raises:
            InvalidPolicyError: It hangs while it loads a policy: so would any other.
        """
        seat = self._seats[index]
        how = seat.kill()
        if seat.hung_in == "load":
            limit = LOAD_TIMEOUT.format(self._config.load_timeout_s)
            raise InvalidPolicyError(f"cannot load the policy: {limit}") from death
        self._seats[index] = _Seat(self._fleet.start(self._config))
        if isinstance(death, GarbledMailError):
            return str(death)
        if seat.hung_in is not None:
            limit_s = self._config.timeout_s if seat.hung_in == "policy" else self._limits_s[seat.hung_in]
            return f"no answer within {limit_s:g} s"
        return how

    def _mend(self, index: int, death: WorkerDiedError) -> Played | None:
        """Puts a new worker in the place of a dead one, and sees to what that was given.

        Returns:
            The episode that ended a worker while it was played alone, if one did.
        """
        seat = self._seats[index]
        status = seat.link.status()
        lost, live = seat.outstanding, [number for number in status.live if number in seat.outstanding]
        how = self._end(index, death)
        verdict = None
        if not live:
            self._count_idle_death(how, death)
        for number in live:
            episode = lost.pop(number)
            if seat.alone and (how not in FROM_OUTSIDE or number in self._tried):
                is_policys = status.phase == "policy" or isinstance(death, GarbledMailError)
                verdict = self._verdict(episode, seat.hung_in, how, is_policys=is_policys)
            else:
                heapq.heappush(self._suspects, (number, episode))
                self._on_attempt(episode.id, "interrupted", f"its worker process ended ({how})")
        if seat.alone:
            self._tried.update(live)
            self._suspects.extend(lost.items())
            heapq.heapify(self._suspects)
        else:
            self._pending.extendleft(reversed(lost.items()))
        return verdict

    def _count_idle_death(self, how: str, death: WorkerDiedError) -> None:
        self._idle_deaths += 1
        if self._idle_deaths >= NUM_TRIES:
            raise InvalidPolicyError(
                f"the worker process ended {NUM_TRIES} times without playing an episode "
                f"({how}); its last words are above"
            ) from death

    def _verdict(self, episode: Episode, hung_in: Phase | None, how: str, *, is_policys: bool) -> Played:
        task = self._config.tasks[episode.id.task]
        status: Status = "env_error"
        if hung_in == "policy":
            status, reason = "timeout", str(PolicyTimeout(self._config.timeout_s))
        elif hung_in == "env":
            reason = f"the environment did not answer within {ENV_TIMEOUT_S:g} s"
        elif is_policys:
            status, reason = "policy_error", f"the worker process ended while the policy had the word ({how})"
        else:
            reason = f"the worker process ended while playing this episode alone ({how})"
        return Played(blank_record(task, episode, status, reason, Times(env_s=0.0, policy_s=0.0)))


class _Seat(Generic[Link]):
    """A place for one worker, and what it has been given to play."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.outstanding: dict[int, Episode] = {}
        self.alone = False
        self.is_fresh = True
        """Whether its worker has had no part in a fault that is still to be explained."""
        self.is_probing = False
        self.hung_in: Phase | None = None
        self.written_at = time.monotonic()

    def give(self, episodes: Sequence[tuple[int, Episode]], *, alone: bool) -> None:
        """Sends episodes to play."""
        self.outstanding.update(episodes)
        self.alone = alone
        self.is_fresh = self.is_fresh and alone
        play = [[number, list(episode.id), episode.policy_seed] for number, episode in episodes]
        self.send({"play": play, "alone": alone})

    def send(self, content: dict[str, Any]) -> None:
        """Sends a message; from now on it is time to take it."""
        self.written_at = time.monotonic()
        self.link.send(Message(content))

    def kill(self) -> str:
        """Ends the worker and returns how it came to its end."""
        return self.link.kill(at_once=self.hung_in is not None)
