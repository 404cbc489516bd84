"""The recorder: keeps the path of each episode of one lane, and changes nothing about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from ilbench.contract.task import Task
from ilbench.demonstrations.paths import path_of
from ilbench.digest import text_digest
from ilbench.errors import StorageError
from ilbench.runner.keepers.observed import ObservedEnv
from ilbench.runner.lanes import Watch
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord


class Recorder(Watch):
    """Keeps what is observed from the reset on; `save` writes it once the episode has its record.

    Args:
        watch: Is told everything as well.
        task: What is played, in a single lane.
        folder: Where the paths go, see `path_file`.
    """

    def __init__(self, watch: Watch, task: Task, folder: Path) -> None:
        self._watch = watch
        self._task = task
        self._folder = folder
        self._states: list[NDArray[np.float64]] = []

    def make_env(self) -> gym.Env[Any, Any]:
        """Returns an environment that the recorder looks at."""
        return ObservedEnv(self._task.make_env(), self)

    def enter(self, phase: str) -> None:
        """Tells the watch."""
        self._watch.enter(phase)

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Starts a new path where an episode begins."""
        self._watch.begin(lane, episode)
        if episode is not None:
            self._states = []

    def save(self, record: EpisodeRecord) -> None:
        """Writes the path of the episode whose record is just made, if it has a state.

        Raises:
            StorageError: The disk refused.
        """
        if not self._states:
            return
        try:
            np.save(path_file(self._folder, record.id), np.concatenate(self._states), allow_pickle=False)
        except OSError as error:
            raise StorageError(f"a path could not be written to {self._folder}: {error.strerror}") from error

    def reset(self, env: gym.Env[Any, Any], observation: Any, info: dict[str, Any]) -> None:
        """Keeps the first state; an episode that begins anew is kept anew."""
        self._states = []
        self._keep(observation)

    def step(self, env: gym.Env[Any, Any], outcome: tuple[Any, Any, bool, bool, dict[str, Any]]) -> None:
        """Keeps the state after a step."""
        self._keep(outcome[0])

    def _keep(self, observation: Any) -> None:
        self._states.append(path_of(self._task, {k: np.asarray(v)[None] for k, v in observation.items()}))


def path_file(folder: Path, episode: EpisodeId) -> Path:
    """Returns where the recorder puts the path of an episode."""
    return folder / f"{text_digest(str(episode))}.npy"
