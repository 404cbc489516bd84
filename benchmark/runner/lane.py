"""One lane: an environment and the episode that it is in, from its reset to its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

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
from ilbench.runs.identity import Episode
from ilbench.runs.record import EpisodeRecord, Status, Times, blank_record, final_success_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment


class EnvFaultError(Exception):
    """The environment raised, or returned what no record can hold: our fault, never the policy's."""


class Lane:
    """One environment and the episode that it is in.

    Attributes:
        index: Which of the lanes it is.
        episode: What it plays, if anything.
        ended: Whether that has come to its end.
        asked_s: How long the calls took that the episode had a part in, each as if it had been its alone.
    """

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
        self._env_s = self._policy_s = self.asked_s = 0.0

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

    def give(self, chunk: NDArray[Any], call_s: float, num_lanes: int) -> None:
        """Queues a chunk of actions, shape ``(K, *action.shape)``, of a call for so many lanes."""
        self._chunk = chunk
        self._policy_s += call_s / num_lanes
        self.asked_s += call_s

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
        self._env_s = self._policy_s = self.asked_s = 0.0
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
