"""Every task as a Gymnasium environment: ``gymnasium.make("ilbench/d3il-avoiding-v3")``.

The ids themselves are registered by `ilbench.contract.gymnasium_registration`, which needs no Gymnasium; this
is what they lead to.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec

from ilbench.contract.environment import observation_space
from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.fields import ActionField
from ilbench.contract.gymnasium_registration import ENTRY_POINT, gymnasium_id
from ilbench.contract.outcome import check_observation, shown
from ilbench.contract.registry import find_task
from ilbench.contract.task import Task
from ilbench.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES_PER_S = 10
"""Pictures a second of a video, for a task whose steps have no duration."""


class TaskByIndex(gym.Env[dict[str, "NDArray[Any]"], Any]):
    """A task as Gymnasium users expect it: contexts are chosen by split and index, its rules end an episode.

    An episode is the one that ``ilbench run`` plays with the same actions, to the bit. It ends at the horizon
    (`truncated`), and at the first success of a task that stops there (`terminated`), and is not stepped on
    after that. Actions are cast and clipped to the task's bounds, and what is none is refused; observations
    have the declared dtypes; a reward that no record can hold is an error. ``info`` has ``success`` by the
    task's rule so far, ``mode``, ``split``, ``context``, and ``final_success`` where records have it.

    `reset` takes ``options={"split": "test", "context": 3}``. Without a context one is drawn from the split,
    and without a split from ``train``, by the environment's own generator: ``reset(seed=…)`` is reproducible.
    The seed is also the episode's own: with that of `ilbench.runs.identity.EpisodeId.seed("environment")` the
    episode is the one of the protocol.

    Args:
        task_id: Id or import string of the task, or the task itself.
        render_mode: ``"rgb_array"``, where the task's environment can be drawn.

    Attributes:
        task: The task.
        env: The task's own environment, with `state()`.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": FRAMES_PER_S}  # noqa: RUF012

    def __init__(self, task_id: str | Task, render_mode: str | None = None) -> None:
        self.task = find_task(task_id) if isinstance(task_id, str) else task_id
        self.env = self.task.make_env(render_mode=render_mode)
        self.render_mode = render_mode
        modes = self.env.metadata.get("render_modes") or []
        self.metadata = {"render_modes": modes, "render_fps": round(self.task.control_hz or FRAMES_PER_S)}
        self.observation_space = observation_space(self.task.observation)
        self.action_space = action_space(self.task.action)
        self._progress: EpisodeProgress | None = None
        self._start: dict[str, Any] = {}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts an episode and returns observation and info.

        Raises:
            UnknownNameError: The task has no such split.
            UsageError: The split has no context of that index, or an option has another name.
        """
        super().reset(seed=seed)
        split, index = self._chosen(options or {})
        env_seed = int(self.np_random.integers(2**31)) if seed is None else seed
        self._progress = None
        context = self.task.contexts(split)[index]
        observation, info = self.env.reset(seed=env_seed, options={"context": context})
        check_observation(self.task, "reset", observation)
        self._progress = EpisodeProgress(self.task, info)
        self._start = {"split": split, "context": index}
        return self._shown(observation), self._told(self._progress)

    def step(self, action: Any) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Executes one action; the episode ends by the task's rule.

        Raises:
            ResetNeeded: There is no episode, or it is over: `reset` comes first.
            InvalidAction: The action is none of the task's.
            InvalidOutcomeError: The task's environment returned what no record can hold.
        """
        progress = self._progress
        if progress is None or progress.terminated or progress.truncated:
            why = "there is no episode" if progress is None else "the episode is over"
            raise gym.error.ResetNeeded(f"{self.task.id}: {why}; call reset before step")
        observation, reward, terminated, truncated, info = self.env.step(self._executed(action))
        if progress.step(reward, terminated, truncated, info):
            check_observation(self.task, f"step {progress.length}", observation)
        over = progress.terminated, progress.truncated
        return self._shown(observation), float(reward), *over, self._told(progress)

    def render(self) -> Any:
        """Returns the picture of the present state."""
        return self.env.render()

    def close(self) -> None:
        """Closes the task's environment; a second call does nothing."""
        if not self._is_closed:
            self._is_closed, self._progress = True, None
            self.env.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies what it was made of: the copy begins with `reset`, as a new environment does."""
        return type(self), (self.task, self.render_mode), {"_spec": self._spec}

    @property
    def spec(self) -> EnvSpec | None:
        """What Gymnasium knows of this environment; its ``max_episode_steps`` is the task's horizon."""
        return self._spec

    @spec.setter
    def spec(self, value: EnvSpec | None) -> None:
        self._spec = value and replace(value, max_episode_steps=self.task.horizon)

    _spec: EnvSpec | None = None
    _is_closed = False

    def _chosen(self, options: Mapping[str, Any]) -> tuple[str, int]:
        """Returns the split and context that are meant, the context drawn where none is named."""
        if unknown := set(options) - {"split", "context"}:
            raise UsageError(
                f"options of {self.task.id}: found {sorted(unknown)}, expected split and context"
            )
        split, named = options.get("split", "train"), options.get("context")
        size = len(self.task.contexts(str(split)))
        if named is None:
            return str(split), int(self.np_random.integers(size))
        if not hasattr(named, "__index__") or not 0 <= operator.index(named) < size:
            raise UsageError(f"{self.task.id} has no context {named!r} in {split}; expected 0 to {size - 1}")
        return str(split), operator.index(named)

    def _executed(self, action: Any) -> Any:
        """Returns an action as the runner hands it to the environment; never the caller's own array."""
        field, found = self.task.action, np.asarray(action)
        if field.num_actions is None:
            if found.dtype.kind not in "fiu" or found.shape != field.shape or not np.isfinite(found).all():
                raise self._invalid(found, f"finite numbers of shape {field.shape}")
            return field.clip(found)
        if found.dtype.kind not in "iu" or found.shape != () or not 0 <= found < field.num_actions:
            raise self._invalid(found, f"an integer from 0 to {field.num_actions - 1}")
        return int(found)

    def _invalid(self, action: NDArray[Any], expected: str) -> gym.error.InvalidAction:
        return gym.error.InvalidAction(
            f"{self.task.id}: found the action {shown(action)}, expected {expected}; a run would end there"
        )

    def _shown(self, observation: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Returns copies of the declared shapes and dtypes: users keep what they are given."""
        values = {f.name: np.empty(f.shape, f.dtype) for f in self.task.observation}
        for name, array in values.items():
            array[...] = observation[name]
        return values

    def _told(self, progress: EpisodeProgress) -> dict[str, Any]:
        final = {"final_success": progress.final_success} if self.task.reports_final_success else {}
        return {"success": progress.success, "mode": progress.mode, **final, **self._start}


def action_space(action: ActionField) -> gym.Space[Any]:
    """Returns the space of a task's actions, always finite: a learner scales its output to it."""
    if action.num_actions is not None:
        return gym.spaces.Discrete(action.num_actions)
    return gym.spaces.Box(*action.bounds, action.shape, np.float32)


def env_spec(task: Task) -> EnvSpec:
    """Returns what Gymnasium has to know to make a task again, whether or not its id is registered there."""
    return EnvSpec(
        gymnasium_id(task.id),
        entry_point=ENTRY_POINT,
        max_episode_steps=task.horizon,
        kwargs={"task_id": task.id},
    )
