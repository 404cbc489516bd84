"""The first steps from every published start of a task, as short digests: quick to replay, small to ship."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.shipped import STARTS, load_resource, write_resource
from ilbench.contract.task import Context, Task
from ilbench.digest import array_digest, arrays_digest, text_digest
from ilbench.errors import ILBenchError
from ilbench.runs.identity import EpisodeId

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

SPLIT = "test"
NUM_STEPS = 3
"""Random actions from each start: what moves at all has moved, and a task's starts take seconds."""
DIGITS = 4
"""Hexadecimal digits of a short digest: of what differs one in 65,536 looks alike, and a task has dozens."""


class StartsError(ILBenchError):
    """Starts that a task does not ship, or that are not those of its contexts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsResult:
    """How the first steps from a task's starts compare with the recorded ones.

    Attributes:
        num_contexts: How many contexts were played.
        simulator: Indices of those where the simulator's state or a reward differs.
        observation: Indices of those where only what is observed differs.
    """

    num_contexts: int
    simulator: tuple[int, ...]
    observation: tuple[int, ...]

    @property
    def different(self) -> tuple[int, ...]:
        """The indices of all contexts that differ, in order."""
        return tuple(sorted((*self.simulator, *self.observation)))


def record_starts(task: Task) -> Mapping[str, Any]:
    """Returns the short digests of the first steps from every context of ``test``, plain JSON.

    Each context has two, one after the other in one text: of the simulator's states with the rewards, and of
    the observations.

    Raises:
        MissingPackageError: The simulator is not installed.
    """
    env = task.make_env()
    try:
        return {"steps": NUM_STEPS, SPLIT: "".join(map("".join, _played(task, env, NUM_STEPS)))}
    finally:
        env.close()


def replay_starts(task: Task, env: Environment) -> StartsResult:
    """Returns how the first steps from every context of ``test`` compare with the recorded ones.

    Args:
        task: The task.
        env: An environment of the task to play them in.

    Raises:
        StartsError: The task ships no starts, or those of another number of contexts.
    """
    shipped, num_contexts = load_resource(task.data, STARTS), task.split(SPLIT).num_contexts
    digits = shipped.get(SPLIT, "")
    if len(digits) != 2 * DIGITS * num_contexts:
        raise StartsError(
            f"task {task.id!r} ships starts of {len(digits) // (2 * DIGITS)} contexts and has {num_contexts}"
            f"; its author records them with: ilbench author golden {task.id}"
        )
    simulator, observation = [], []
    for index, (state, seen) in enumerate(_played(task, env, shipped["steps"])):
        recorded = digits[2 * DIGITS * index : 2 * DIGITS * (index + 1)]
        if state != recorded[:DIGITS]:
            simulator.append(index)
        elif seen != recorded[DIGITS:]:
            observation.append(index)
    return StartsResult(num_contexts=num_contexts, simulator=tuple(simulator), observation=tuple(observation))


def write_starts(task: Task) -> Path:
    """Records the starts into the task's data folder and returns the file.

    Raises:
        StorageError: The data folder is not an ordinary, writable folder (an installed wheel, a zip).
    """
    return write_resource(task.data, STARTS, record_starts(task))


def _played(task: Task, env: Environment, num_steps: int) -> Iterator[tuple[str, str]]:
    """Yields both short digests of each context, in order."""
    for index, context in enumerate(task.contexts(SPLIT)):
        yield _first_steps(task, env, context, EpisodeId(task.id, SPLIT, index, 0).seed("starts"), num_steps)


def _first_steps(
    task: Task, env: Environment, context: Context, seed: int, num_steps: int
) -> tuple[str, str]:
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed, options={"context": context})
    states, seen, rewards = [array_digest(env.state())], [_seen(task, observation)], []
    for _ in range(num_steps):
        action = task.action.sample(rng)
        executed = int(action) if task.action.num_actions else action
        observation, reward, terminated, truncated, _ = env.step(executed)
        rewards.append(float(reward))
        states.append(array_digest(env.state()))
        seen.append(_seen(task, observation))
        if terminated or truncated:
            break
    simulator = text_digest("".join(states) + array_digest(np.array(rewards)))
    return simulator[:DIGITS], text_digest("".join(seen))[:DIGITS]


def _seen(task: Task, observation: Observation) -> str:
    return arrays_digest({field.name: np.asarray(observation[field.name]) for field in task.observation})
