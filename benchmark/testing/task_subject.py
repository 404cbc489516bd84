"""The task that is checked: its environments, made once, and the episode that must be the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter

from ilbench.contract.gymnasium_ids import TaskByIndex
from ilbench.contract.task import Task
from ilbench.digest import array_digest, arrays_digest, json_digest
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

NUM_STEPS = 25
NUM_STEPS_FILMED = 6
ELSEWHERE = "from ilbench.testing.task_subject import play_all; play_all()"
OTHER_HASH_SEED = "12345"


class ElsewhereError(ILBenchError):
    """The other process, which was to play the same episodes, failed."""


class TaskSubject:
    """A task under test, with environments that its checks share.

    Args:
        task: The task.
        elsewhere: Returns what `play` gives for the task in another process. A test of many tasks hands
            one in that asks `play_elsewhere` for all tasks of a suite at once, whose simulator then loads
            once.
    """

    def __init__(self, task: Task, elsewhere: Callable[[Task], str] | None = None) -> None:
        self.task = task
        self.elsewhere = elsewhere or (lambda task: play_elsewhere((task,))[task.id])

    @cached_property
    def env(self) -> Environment:
        """An environment that every check may use."""
        return self.task.make_env()

    @cached_property
    def fresh(self) -> Environment:
        """An environment that has played nothing but what a recording of the task says."""
        return self.task.make_env()

    @cached_property
    def by_index(self) -> TaskByIndex:
        """The environment of the task's Gymnasium id."""
        return TaskByIndex(self.task)

    @property
    def is_filmed(self) -> bool:
        """Whether cameras look at a simulation: a step then takes as long as fifty without them."""
        return any(len(field.shape) == 3 and field.shape[0] >= 84 for field in self.task.observation)

    @cached_property
    def played(self) -> str:
        """What `play` gives in the used environment, after an episode of the first and of the last split."""
        play(self.task, self.env, "train", -1)
        play(self.task, self.env, self.task.split_names[-1], -1)
        return play(self.task, self.env)

    def reset(self, seed: int = 1, split: str = "train", index: int = 0) -> tuple[Any, dict[str, Any]]:
        """Resets the shared environment and returns observation and info."""
        return self.env.reset(seed=seed, options={"context": self.task.contexts(split)[index]})

    def close(self) -> None:
        """Closes the environments that were made."""
        for name in ("env", "fresh", "by_index"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()


def play(task: Task, env: Environment, split: str = "test", index: int = 0) -> str:
    """Returns the digest of everything that a seeded episode of random actions shows."""
    rng = np.random.default_rng(5)
    num_steps = NUM_STEPS_FILMED if TaskSubject(task).is_filmed else NUM_STEPS
    observation, _ = env.reset(seed=7, options={"context": task.contexts(split)[index]})
    seen: list[Any] = [arrays_digest(observation), array_digest(env.state())]
    for _ in range(num_steps):
        observation, reward, terminated, truncated, info = env.step(draw(task, rng))
        seen += [arrays_digest(observation), float(reward), info["success"], info["mode"]]
        if terminated or truncated:
            break
    return json_digest([*seen, array_digest(env.state())])


def draw(task: Task, rng: np.random.Generator) -> NDArray[Any] | int:
    """Returns a random action as the runner hands it to an environment."""
    action = task.action.sample(rng)
    return action if task.action.num_actions is None else int(action)


def play_elsewhere(tasks: Sequence[Task]) -> Mapping[str, str]:
    """Returns what `play` gives for each task, by id, in a process of its own with another hash seed.

    Raises:
        ElsewhereError: The process failed; the message has its last words.
    """
    ran = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=TypeAdapter(list[Task]).dump_json(list(tasks)),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": OTHER_HASH_SEED, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if ran.returncode:
        words = ran.stderr.decode(errors="replace").strip().splitlines()
        raise ElsewhereError(
            f"the other process ended with {ran.returncode}: {words[-1] if words else 'silent'}"
        )
    played: Mapping[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return played


def play_all() -> None:
    """Writes what `play` gives for each of the tasks on standard input: what the other process does."""
    tasks = TypeAdapter(list[Task]).validate_json(sys.stdin.buffer.read())
    played = {}
    for task in tasks:
        env = task.make_env()
        played[task.id] = play(task, env)
        env.close()
    sys.stdout.write("\n" + json.dumps(played) + "\n")
