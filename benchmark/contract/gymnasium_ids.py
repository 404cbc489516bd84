"""Every task as a Gymnasium id; importing this module registers them.

``gymnasium.make("ilbench.contract.gymnasium_ids:ilbench/d3il-avoiding-v2")`` does both in one.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from ilbench.contract.registry import find_task, load_registry


def gymnasium_id(task_id: str) -> str:
    """Returns the Gymnasium id of a task; Gymnasium allows one slash, which is our namespace's.

    >>> gymnasium_id("d3il/avoiding-v2")
    'ilbench/d3il-avoiding-v2'
    """
    return "ilbench/" + task_id.replace("/", "-")


def register() -> None:
    """Registers every task that is not registered yet."""
    for task in load_registry().values():
        if gymnasium_id(task.id) not in gym.registry:
            gym.register(
                gymnasium_id(task.id),
                entry_point="ilbench.contract.gymnasium_ids:TaskByIndex",
                max_episode_steps=task.horizon,
                kwargs={"task_id": task.id},
            )


class TaskByIndex(gym.Wrapper[Any, Any, Any, Any]):
    """A task's environment whose contexts are chosen by split and index, as Gymnasium users expect.

    `reset` takes ``options={"split": "test", "context": 3}``. Without options the context is drawn
    from ``train`` with the environment's own generator, so ``reset(seed=…)`` is reproducible.

    Args:
        task_id: The task.
        render_mode: Handed to the environment, where it has modes.
    """

    def __init__(self, task_id: str, render_mode: str | None = None) -> None:
        task = find_task(task_id)
        super().__init__(task.make_env() if render_mode is None else task.make_env(render_mode=render_mode))
        self._task = task

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts an episode and returns observation and info."""
        if seed is not None:
            self._rng = gym.utils.seeding.np_random(seed)[0]
        elif not hasattr(self, "_rng"):
            self._rng = gym.utils.seeding.np_random()[0]
        options = options or {}
        contexts = self._task.contexts(options.get("split", "train"))
        index = options.get("context")
        index = int(self._rng.integers(len(contexts))) if index is None else index
        env_seed = int(self._rng.integers(2**31)) if seed is None else seed
        return self.env.reset(seed=env_seed, options={"context": contexts[index]})


register()
