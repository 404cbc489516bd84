"""Lanes: a few environments of one task, played side by side by one policy.

Every lane that waits for actions is served by one batched call; then every lane plays its chunk to the
end. A lane whose episode has ended takes the next one at once: the list of episodes is fixed
beforehand, so short episodes are not favored.

A call that fails as a whole cannot be laid at one episode's door, and a record must not depend on who
sat in the other lanes. So every episode that was live in a faulty call is *suspect*: it is played once
more, alone, by a fresh policy, and only what happens then is recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.outcome import (
    NOTHING,
    OUTCOME,
    START,
    check_observation,
    check_state,
    explain,
    problem_of,
)
from ilbench.contract.task import Context, Task
from ilbench.digest import array_digest, arrays_digest, text_digest
from ilbench.runner.faults import PolicyFault, raise_fault
from ilbench.runner.hosts.host import Host, PrivilegedHost
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import EpisodeRecord, Status, Times, blank_record, final_success_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment


Phase: TypeAlias = Literal["idle", "env", "policy"]
"""What a player is doing, as a watch is told."""


class EnvFaultError(Exception):
    """The environment raised, or returned what no record can hold: our fault, never the policy's."""


class LanePlayer:
    """Plays episodes of one task.

    Args:
        task: The task.
        make_host: Loads a fresh policy.
        num_lanes: How many environments are stepped side by side, up to the policy's width; no more than the
            policy can serve, which may be one.
        watch: Told what is being done (`Watch`), so that a hang is noticed from outside.
        make_env: Makes the environment of a lane; the task's own if not given.
    """

    def __init__(
        self,
        task: Task,
        make_host: Callable[[], Host],
        num_lanes: int,
        watch: Watch,
        make_env: Callable[[], Environment] | None = None,
    ) -> None:
        self._task = task
        self._make_host = make_host
        self._host = make_host()
        self._watch = watch
        self._contexts: dict[str, tuple[Context, ...]] = {}
        lanes = range(min(num_lanes, self._host.num_lanes))
        self._lanes = [_Lane(task, index, make_env or task.make_env) for index in lanes]
        self._suspects: deque[Episode] = deque()

    @property
    def note(self) -> str:
        """Why fewer lanes are played than were asked for; empty where they are not."""
        return self._host.note

    def play(self, take: Callable[[], Episode | None]) -> Iterator[EpisodeRecord]:
        """Yields the record of each episode as it ends, until `take` has none left.

        Args:
            take: Returns the next episode of the task, or None.
        """
        live: list[_Lane] = []
        while True:
            yield from self._fill(live, take)
            if not live:
                break
            yield from self._tick(live)
        while self._suspects:
            yield from self.play_alone(self._suspects.popleft())

    def play_alone(self, episode: Episode) -> Iterator[EpisodeRecord]:
        """Yields the record of one episode that a fresh policy plays alone."""
        self._renew_host()
        lane = self._lanes[0]
        try:
            self._start(lane, episode)
            while not lane.ended:
                self._ask_alone(lane)
                self._watch.enter("env")
                lane.play_chunk(self._host.history)
        except PolicyFault as fault:
            problem = lane.problem_of_what_was_seen()
            yield lane.record("env_error" if problem else fault.status, problem or fault.reason)
            if problem:
                lane.close()
            self._renew_host()
        except EnvFaultError as error:
            yield lane.record("env_error", str(error))
            lane.close()
        else:
            yield lane.record("ok", None)
        self._retire(lane)

    def probe(self, episode: Episode) -> None:
        """Plays the first step of an episode, for a fault that would otherwise fail every episode.

        Raises:
            PolicyFault: What is wrong with the policy.
            EnvFaultError: What is wrong with the environment.
        """
        lane = self._lanes[0]
        try:
            self._start(lane, episode)
            self._ask_alone(lane)
            lane.play_chunk(self._host.history)
        except EnvFaultError:
            lane.close()
            raise
        finally:
            self._retire(lane)
        self._renew_host()

    def close(self) -> None:
        """Closes policy and environments."""
        self._host.close()
        for lane in self._lanes:
            lane.close()

    def _fill(self, live: list[_Lane], take: Callable[[], Episode | None]) -> Iterator[EpisodeRecord]:
        """Gives every free lane an episode; yields the records of those that cannot even start."""
        for lane in self._lanes:
            while lane.episode is None and (episode := take()) is not None:
                try:
                    self._start(lane, episode)
                except PolicyFault:
                    self._suspect([lane])
                except EnvFaultError as error:
                    yield lane.record("env_error", str(error))
                    lane.close()
                    self._retire(lane)
                else:
                    live.append(lane)
                    live.sort(key=lambda one: one.index)

    def _tick(self, live: list[_Lane]) -> Iterator[EpisodeRecord]:
        """One batched call for all live lanes, and the steps that follow from it."""
        try:
            self._ask(live)
        except PolicyFault:
            self._suspect(live)
            self._renew_host()
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

    def _ask(self, live: list[_Lane]) -> None:
        """Gives every lane its chunk; lanes that are at fault themselves become suspect."""
        indices = [lane.index for lane in live]
        self._watch.enter("policy")
        start = perf_counter()
        values, lengths, faults = self._host.act(indices)
        share = (perf_counter() - start) / len(indices)
        for lane in live:
            if lane.index not in faults:
                lane.give(values[lane.index, : lengths[lane.index]], share)
        if faults:
            self._suspect([lane for lane in live if lane.index in faults])

    def _ask_alone(self, lane: _Lane) -> None:
        """Gives the only live lane its chunk.

        Raises:
            PolicyFault: The call failed, or the lane is at fault.
        """
        self._watch.enter("policy")
        start = perf_counter()
        answer = self._host.act([lane.index])
        if lane.index in answer.faults:
            raise_fault(answer.faults[lane.index])
        lane.give(answer.chunk(lane.index), perf_counter() - start)

    def _start(self, lane: _Lane, episode: Episode) -> None:
        split, context = episode.id.split, episode.id.context
        lane.episode = episode
        self._watch.begin(lane.index, episode.id)
        if split not in self._contexts:
            self._contexts[split] = self._task.contexts(split)
        self._watch.enter("env")
        lane.reset(self._contexts[split][context], self._host.observations)
        self._watch.enter("policy")
        if isinstance(self._host, PrivilegedHost):
            self._host.show(lane.index, lane.env)
        self._host.reset(lane.index, episode.policy_seed)

    def _retire(self, lane: _Lane) -> None:
        lane.clear(self._host.observations)
        self._watch.begin(lane.index, None)

    def _suspect(self, lanes: list[_Lane]) -> None:
        for lane in lanes:
            if lane.episode is not None:
                self._suspects.append(lane.episode)
            lane.clear(self._host.observations)

    def _renew_host(self) -> None:
        self._host.close()
        self._host = self._make_host()


class Watch:
    """What a player tells of its doings; the worker shows it to the scheduler."""

    def enter(self, phase: Phase) -> None:
        """Called before work that may hang: ``"env"`` or ``"policy"``."""

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Called when a lane takes an episode, and with None when it is done with it."""


class _Lane:
    """One environment and the episode that it is in."""

    def __init__(self, task: Task, index: int, make_env: Callable[[], Environment]) -> None:
        self.index = index
        self.episode: Episode | None = None
        self.ended = False
        self._task = task
        self._make_env = make_env
        self._discrete = task.action.num_actions is not None
        self._env: Environment | None = None
        self._progress: EpisodeProgress | None = None
        self._initial_digest: str | None = None
        self._seen: Mapping[str, Any] | None = None
        self._rows: list[tuple[str, NDArray[Any]]] = []
        self._chunk: NDArray[Any] | None = None
        self._actions: list[Any] = []
        self._env_s = self._policy_s = 0.0

    @property
    def env(self) -> Environment:
        """The lane's environment, built when first needed."""
        if self._env is None:
            self._env = self._make_env()
        return self._env

    def reset(self, context: Context, observations: Mapping[str, NDArray[Any]]) -> None:
        """Starts the lane's episode; its rows of the host's arrays receive every observation."""
        episode = self.episode
        if episode is None:
            raise ValueError("a lane without an episode cannot be reset")
        start, started = perf_counter(), NOTHING
        try:
            seed = episode.id.seed("environment")
            started = self.env.reset(seed=seed, options={"context": context})
            observation, info = started
            self._progress = EpisodeProgress(self._task, info)
            check_observation(self._task, "reset", observation)
            self._initial_digest = _initial_digest(self._task, self.env, observation)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a simulator may even leave by SystemExit
            raise EnvFaultError(explain(error, self._task, "reset", started, START)) from error
        self._env_s += perf_counter() - start
        self._seen = observation
        self._rows = [(name, values[self.index, ...]) for name, values in observations.items()]
        for name, row in self._rows:
            row[...] = observation[name]  # fills the whole history with the first one

    def give(self, chunk: NDArray[Any], policy_s: float) -> None:
        """Queues a chunk of actions, shape ``(K, *action.shape)``."""
        self._chunk = chunk
        self._policy_s += policy_s

    def play_chunk(self, history: int) -> None:
        """Steps through the queued actions, or to the end of the episode.

        Args:
            history: How many observations a row of the host's arrays holds.
        """
        chunk, step, progress = self._chunk, self.env.step, self._progress
        if chunk is None or progress is None:
            raise ValueError("a lane without actions cannot be stepped")
        start, outcome = perf_counter(), NOTHING
        try:
            for action in chunk.tolist() if self._discrete else chunk:
                self._actions.append(action)
                outcome = NOTHING
                outcome = step(action)
                observation, reward, terminated, truncated, info = outcome
                if progress.step(reward, terminated, truncated, info):
                    check_observation(self._task, f"step {progress.length}", observation)
                    self.ended = True
                    break
                for name, row in self._rows:
                    if history > 1:
                        row[:-1] = row[1:]
                        row[-1] = observation[name]
                    else:
                        row[...] = observation[name]
            self._seen = observation
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a simulator may even leave by SystemExit
            when = f"step {len(self._actions)}"
            raise EnvFaultError(explain(error, self._task, when, outcome, OUTCOME)) from error
        self._env_s += perf_counter() - start

    def problem_of_what_was_seen(self) -> str | None:
        """Returns what is wrong with the observation that the policy saw last, None where nothing is.

        Asked when the policy has failed: one that was shown a NaN is not to blame. Every observation would be
        too many to look at.
        """
        if self._seen is None or self._progress is None:
            return None
        return problem_of(self._task, f"step {self._progress.length}", self._seen)

    def record(self, status: Status, reason: str | None) -> EpisodeRecord:
        """Returns the record of the lane's episode as far as it came."""
        episode, progress = self.episode, self._progress
        if episode is None:
            raise ValueError("a lane without an episode has no record")
        times = Times(env_s=round(self._env_s, 6), policy_s=round(self._policy_s, 6))
        if progress is None or status == "timeout":
            return blank_record(self._task, episode, status, reason, times)
        return EpisodeRecord(
            **episode.id._asdict(),
            env_seed=episode.id.seed("environment"),
            policy_seed=episode.policy_seed,
            initial_digest=self._initial_digest,
            status=status,
            reason=reason,
            success=None if status == "env_error" else status == "ok" and progress.success,
            final_success=final_success_of(self._task, status, status == "ok" and progress.final_success),
            episode_return=progress.episode_return,
            length=progress.length,
            terminated=progress.terminated,
            truncated=progress.truncated,
            mode=progress.mode,
            action_digest=array_digest(np.asarray(self._actions, self._task.action.dtype)),
            times=times,
        )

    def clear(self, observations: Mapping[str, NDArray[Any]]) -> None:
        """Frees the lane; its rows become zeros."""
        self.episode = None
        self.ended = False
        self._progress = self._initial_digest = self._chunk = self._seen = None
        self._actions, self._rows = [], []
        self._env_s = self._policy_s = 0.0
        for values in observations.values():
            values[self.index] = 0

    def close(self) -> None:
        """Closes the environment; the next episode builds a new one."""
        env, self._env = self._env, None
        if env is not None:
            with suppress(Exception):  # its episodes have their records: no last word may cost others theirs
                env.close()


def _initial_digest(task: Task, env: Environment, observation: Mapping[str, Any]) -> str:
    parts = arrays_digest({name: np.asarray(value) for name, value in observation.items()})
    return text_digest(parts + array_digest(check_state(task, "reset", env.state())))
