"""The recorder: keeps the path of each episode of one lane, and changes nothing about it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.runner.keepers.keeper import Keeper
from ilbench.scores.diversity.trajectory_diversity import path_of

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from ilbench.contract.task import Task
    from ilbench.runner.lanes import Watch
    from ilbench.runs.record import EpisodeRecord


class Recorder(Keeper):
    """Keeps what is observed from the reset on.

    Args:
        watch: Is told everything as well.
        task: What is played.
    """

    def __init__(self, watch: Watch, task: Task) -> None:
        super().__init__(watch, task)
        self._states: list[NDArray[np.float64]] = []

    def save(self, record: EpisodeRecord) -> bytes | None:
        """Returns the path as an NPY file, float64 of shape (T + 1, D); None if there is no state."""
        if not self._states:
            return None
        content = io.BytesIO()
        np.save(content, np.concatenate(self._states), allow_pickle=False)
        self._states = []
        return content.getvalue()

    def reset(self, env: gym.Env[Any, Any], observation: Any, info: dict[str, Any]) -> None:
        """Keeps the first state; an episode that begins anew is kept anew."""
        self._states = []
        self._keep(observation)

    def step(self, env: gym.Env[Any, Any], outcome: tuple[Any, Any, bool, bool, dict[str, Any]]) -> None:
        """Keeps the state after a step."""
        self._keep(outcome[0])

    def _keep(self, observation: Any) -> None:
        self._states.append(path_of(self._task, {k: np.asarray(v)[None] for k, v in observation.items()}))
