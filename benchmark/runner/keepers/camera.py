"""The camera: films the episodes of one lane while they are played, and changes nothing about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.task import Task
from ilbench.runner.keepers.keeper import Keeper
from ilbench.runner.keepers.video import GREEN, RED, WHITE, Film, pace
from ilbench.runner.lanes import Watch
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.runner.keepers.observed import Outcome


class Camera(Keeper):
    """Opens a film when an episode begins, and ends it once the episode has its record.

    Args:
        watch: Is told everything as well.
        task: What is filmed.
    """

    render_mode = "rgb_array"

    def __init__(self, watch: Watch, task: Task) -> None:
        super().__init__(watch, task)
        self._stride, self._rate = pace(task.control_hz)
        self._film: Film | None = None
        self._progress: EpisodeProgress | None = None
        self._ended = False

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Opens a film."""
        super().begin(lane, episode)
        self._film = None if episode is None else Film(self._rate, str(episode))
        self._progress, self._ended = None, False

    def save(self, record: EpisodeRecord) -> bytes | None:
        """Returns the MP4 file of the episode; None if it has no picture."""
        return None if self._film is None or self._episode != record.id else self._film.finish()

    def reset(self, env: Environment, observation: Observation, info: dict[str, Any]) -> None:
        """Takes the first picture."""
        self._progress = EpisodeProgress(self._task, info)
        self._shoot(env)

    def step(self, env: Environment, outcome: Outcome) -> None:
        """Takes a picture after a step, unless one a few steps later will do."""
        progress = self._progress
        if progress is None:
            raise ValueError("an episode cannot be filmed before its reset")
        self._ended = progress.step(*outcome[1:])
        if self._ended or progress.length % self._stride == 0:
            self._shoot(env)

    def _shoot(self, env: Environment) -> None:
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
