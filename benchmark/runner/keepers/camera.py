"""The camera: films the episodes of one lane while they are played, and changes nothing about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.task import Task
from ilbench.digest import text_digest
from ilbench.errors import StorageError
from ilbench.runner.keepers.observed import ObservedEnv
from ilbench.runner.keepers.video import GREEN, RED, WHITE, Film, pace
from ilbench.runner.lanes import Watch
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord


class Camera(Watch):
    """Opens a film when an episode begins; `save` ends it once the episode has its record.

    An episode that begins anew (played alone after a fault) is filmed anew.

    Args:
        watch: Is told everything as well.
        task: What is filmed, in a single lane.
        folder: Where the films go, see `film_file`.
    """

    def __init__(self, watch: Watch, task: Task, folder: Path) -> None:
        self._watch = watch
        self._task = task
        self._folder = folder
        self._stride, self._rate = pace(task.control_hz)
        self._episode: EpisodeId | None = None
        self._film: Film | None = None
        self._progress: EpisodeProgress | None = None
        self._ended = False

    def make_env(self) -> gym.Env[Any, Any]:
        """Returns an environment that the camera looks at."""
        return ObservedEnv(self._task.make_env(render_mode="rgb_array"), self)

    def enter(self, phase: str) -> None:
        """Tells the watch."""
        self._watch.enter(phase)

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Opens a film."""
        self._watch.begin(lane, episode)
        self._episode = episode
        self._film = None if episode is None else Film(self._rate, str(episode))
        self._progress, self._ended = None, False

    def save(self, record: EpisodeRecord) -> None:
        """Writes the film of the episode whose record is just made, if it has a picture.

        Raises:
            StorageError: The disk refused.
        """
        content = None if self._film is None or self._episode != record.id else self._film.finish()
        if content is None:
            return
        try:
            film_file(self._folder, record.id).write_bytes(content)
        except OSError as error:
            raise StorageError(f"a video could not be written to {self._folder}: {error.strerror}") from error

    def reset(self, env: gym.Env[Any, Any], observation: Any, info: dict[str, Any]) -> None:
        """Takes the first picture."""
        self._progress = EpisodeProgress(self._task, info)
        self._shoot(env)

    def step(self, env: gym.Env[Any, Any], outcome: tuple[Any, Any, bool, bool, dict[str, Any]]) -> None:
        """Takes a picture after a step, unless one a few steps later will do."""
        progress = self._progress
        if progress is None:
            raise ValueError("an episode cannot be filmed before its reset")
        self._ended = progress.step(*outcome[1:])
        if self._ended or progress.length % self._stride == 0:
            self._shoot(env)

    def _shoot(self, env: gym.Env[Any, Any]) -> None:
        picture = np.asarray(env.render())
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ValueError(
                "render() was expected to return a uint8 picture of shape (height, width, 3), "
                f"found {picture.dtype} of shape {picture.shape}"
            )
        if self._film is not None:
            self._film.add(picture, *self._caption())

    def _caption(self) -> tuple[tuple[str, str], tuple[int, int, int]]:
        episode, progress = self._episode, self._progress
        if episode is None or progress is None:
            raise ValueError("there is no episode to caption")
        hz = self._task.control_hz
        seconds = "" if hz is None else f"   {progress.length / hz:.1f} s"
        verdict = "success" if progress.success else "failure" if self._ended else ""
        color = {"success": GREEN, "failure": RED, "": WHITE}[verdict]
        first = f"{episode.task}   {episode.split}[{episode.context}]   repeat {episode.repeat}"
        return (first, f"step {progress.length}/{self._task.horizon}{seconds}   {verdict}"), color


def film_file(folder: Path, episode: EpisodeId) -> Path:
    """Returns where the camera puts the film of an episode."""
    return folder / f"{text_digest(str(episode))}.mp4"
