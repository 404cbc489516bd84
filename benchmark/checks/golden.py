"""Golden trajectories: a short recorded episode a task, replayed to see whether a simulator has drifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ilbench.contract.shipped import GOLDEN, write_resource
from ilbench.contract.task import Task, installed_version
from ilbench.demonstrations.rollout import expert_action
from ilbench.digest import array_digest
from ilbench.errors import ILBenchError
from ilbench.runs.identity import EpisodeId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

Verdict: TypeAlias = Literal["identical", "close", "drifted"]

NUM_ACTIONS = 60
NUM_EXPERT_ACTIONS = 30
"""The expert reaches contacts and goals, the random actions after it what no expert does."""
CHECK_EVERY = 10
MAX_VALUES = 64
"""Values kept of a checkpoint: enough to tell rounding from another world, little enough to commit."""
TOLERANCE = 1e-6
"""Largest difference, relative to values over 1, that counts as rounding."""


class GoldenTrajectoryError(ILBenchError):
    """A golden trajectory that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResult:
    """How a replay compares with the recording.

    Attributes:
        verdict: ``identical``: every checkpoint, bit for bit. ``close``: up to `TOLERANCE` in the values
            kept, as another processor rounds. ``drifted``: further, or something that has no
            rounding: whole numbers, an image, an episode that ends at another step.
        step: Control step of the first checkpoint that differs, None if none does.
        parts: What differs there: ``simulator`` (its state), ``reward``, ``outcome`` (ends, success and mode
            so far), ``observation NAME``. A simulator that agrees under another image points at rendering.
        difference: Largest difference of the values kept over all checkpoints, relative to values over 1.
        packages: For each package in another version than recorded: (name, recorded, installed).
    """

    verdict: Verdict
    step: int | None
    parts: tuple[str, ...]
    difference: float
    packages: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checkpoint:
    """Environment and observation at one step, with what the steps so far have brought.

    Attributes:
        step: Control steps taken.
        digests: By part, see `GoldenResult`.
        rounds: The parts of floating-point numbers.
        values: Some values of those parts.
    """

    step: int
    digests: Mapping[str, str]
    rounds: tuple[str, ...]
    values: list[float]


def record_golden(task: Task) -> dict[str, Any]:
    """Returns the golden trajectory of a task, plain JSON: actions, checkpoints, package versions.

    It starts from the first ``test`` context, plays the expert where there is one and then actions
    drawn uniformly, until `NUM_ACTIONS` or the end that the environment itself sets.

    Raises:
        MissingPackageError: The simulator is not installed.
    """
    seed = EpisodeId(task.id, "test", 0, 0).seed("golden")
    actions: list[Any] = []
    env = task.make_env()
    try:
        checkpoints = [_as_json(c) for c in _play(task, env, seed, _Recorder(task, env, seed, actions))]
    finally:
        env.close()
    return {
        "seed": seed,
        "packages": {name: installed_version(name) for name in task.packages},
        "actions": actions,
        "checkpoints": checkpoints,
    }


def replay_golden(task: Task, env: Environment | None = None) -> GoldenResult:
    """Returns how an episode with the recorded actions compares with the recording.

    Args:
        task: The task.
        env: An environment of the task to play it in; a new one if not given.

    Raises:
        GoldenTrajectoryError: The task ships no golden trajectory.
        MissingPackageError: The simulator is not installed.
    """
    golden = task.golden()
    if not golden:
        raise GoldenTrajectoryError(f"task {task.id!r} ships no golden trajectory ({task.data}/golden.json)")
    played_in = env or task.make_env()
    try:
        found = list(_play(task, played_in, golden["seed"], _Player(task, golden["actions"])))
    finally:
        if env is None:
            played_in.close()
    expected = [_from_json(checkpoint) for checkpoint in golden["checkpoints"]]
    packages = tuple(
        (name, recorded, installed_version(name))
        for name, recorded in golden["packages"].items()
        if recorded != installed_version(name)
    )
    return _compare(expected, found, packages)


def write_golden(task: Task) -> Path:
    """Records the golden trajectory into the task's data folder and returns the file.

    Raises:
        StorageError: The data folder is not an ordinary, writable folder (an installed wheel, a zip).
    """
    return write_resource(task.data, GOLDEN, record_golden(task))


class _Player:
    """Gives the recorded actions one by one, None after the last."""

    def __init__(self, task: Task, actions: list[Any]) -> None:
        self._actions = iter(actions)
        self._dtype = task.action.dtype

    def __call__(self, observation: Observation) -> NDArray[Any] | None:
        action = next(self._actions, None)
        return None if action is None else np.array(action, dtype=self._dtype)


class _Recorder:
    """Gives the expert's actions, then random ones, and notes them; None after the last."""

    def __init__(self, task: Task, env: Environment, seed: int, actions: list[Any]) -> None:
        self._task = task
        self._env = env
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._expert = task.make_expert() if task.expert else None
        self._actions = actions

    def __call__(self, observation: Observation) -> NDArray[Any] | None:
        if len(self._actions) == NUM_ACTIONS:
            return None
        action = self._chosen(observation)
        self._actions.append(action.tolist())
        return action

    def _chosen(self, observation: Observation) -> NDArray[Any]:
        if self._expert is not None and len(self._actions) < NUM_EXPERT_ACTIONS:
            if not self._actions:
                self._expert.reset(self._env, self._seed)
            return expert_action(self._task, self._expert, observation)
        return self._task.action.sample(self._rng)


def _play(task: Task, env: Environment, seed: int, choose: _Player | _Recorder) -> Iterator[_Checkpoint]:
    """Yields the checkpoints of an episode: the start, every `CHECK_EVERY` steps and the end."""
    observation, info = env.reset(seed=seed, options={"context": task.contexts("test")[0]})
    rewards: list[float] = []
    outcomes = [_outcome(False, False, info)]
    yield _checkpoint(task, env, rewards, outcomes, observation)
    ended = False
    while not ended and (action := choose(observation)) is not None:
        executed = int(action) if task.action.num_actions else action
        observation, reward, terminated, truncated, info = env.step(executed)
        rewards.append(float(reward))
        outcomes.append(_outcome(terminated, truncated, info))
        ended = terminated or truncated
        if len(rewards) % CHECK_EVERY == 0 or ended:
            yield _checkpoint(task, env, rewards, outcomes, observation)


def _outcome(terminated: bool, truncated: bool, info: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Returns how an episode stands, in whole numbers; an undecided mode is -1."""
    return terminated, truncated, info["success"], -1 if info["mode"] is None else info["mode"]


def _checkpoint(
    task: Task,
    env: Environment,
    rewards: list[float],
    outcomes: list[tuple[int, int, int, int]],
    observation: Observation,
) -> _Checkpoint:
    parts = {
        "simulator": env.state(),
        "reward": np.array(rewards, np.float64),
        "outcome": np.array(outcomes, np.int64),
        **{f"observation {f.name}": observation[f.name] for f in task.observation},
    }
    rounds = tuple(name for name, array in parts.items() if array.dtype.kind == "f")
    floats = [parts[name].ravel() for name in rounds]
    return _Checkpoint(
        step=len(rewards),
        digests={name: array_digest(array) for name, array in parts.items()},
        rounds=rounds,
        values=_sample(np.concatenate(floats, dtype=np.float64)) if floats else [],
    )


def _sample(values: NDArray[np.float64]) -> list[float]:
    """Returns at most `MAX_VALUES` of the finite values, evenly spaced."""
    kept = np.nan_to_num(values)
    if len(kept) > MAX_VALUES:
        kept = kept[np.linspace(0, len(kept) - 1, MAX_VALUES).astype(int)]
    sampled: list[float] = kept.tolist()
    return sampled


def _compare(
    expected: list[_Checkpoint], found: list[_Checkpoint], packages: tuple[tuple[str, str, str | None], ...]
) -> GoldenResult:
    if [c.step for c in expected] != [c.step for c in found]:
        step = min(expected[-1].step, found[-1].step)
        return GoldenResult(
            verdict="drifted", step=step, parts=("outcome",), difference=float("inf"), packages=packages
        )
    pairs = list(zip(expected, found, strict=True))
    first = next((pair for pair in pairs if _parts(*pair)), None)
    difference = max(_difference(*pair) for pair in pairs)
    rounded = difference <= TOLERANCE and all(set(_parts(e, f)) <= set(e.rounds) for e, f in pairs)
    return GoldenResult(
        verdict="identical" if first is None else "close" if rounded else "drifted",
        step=first[0].step if first else None,
        parts=_parts(*first) if first else (),
        difference=difference,
        packages=packages,
    )


def _parts(expected: _Checkpoint, found: _Checkpoint) -> tuple[str, ...]:
    """Returns which parts of a checkpoint differ."""
    return tuple(name for name, digest in expected.digests.items() if found.digests.get(name) != digest)


def _difference(expected: _Checkpoint, found: _Checkpoint) -> float:
    """Returns the largest difference of the values, relative to values over 1; inf for another shape."""
    a, b = np.array(expected.values), np.array(found.values)
    if a.shape != b.shape:
        return float("inf")
    return float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(a)), initial=0.0))


def _as_json(checkpoint: _Checkpoint) -> dict[str, Any]:
    return {
        "step": checkpoint.step,
        "digests": dict(checkpoint.digests),
        "rounds": list(checkpoint.rounds),
        "values": checkpoint.values,
    }


def _from_json(value: Mapping[str, Any]) -> _Checkpoint:
    return _Checkpoint(**{**value, "rounds": tuple(value["rounds"])})
