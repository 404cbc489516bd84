"""The course of one episode: horizon, success rule and mode, applied alike to policies and experts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsFloat

from ilbench.contract.task import Task


class EpisodeProgress:
    """What an episode has come to so far.

    Attributes:
        success: By the task's rule: latched for ``"ever"``, that of the last step for ``"final"``.
        final_success: That of the last step, whatever the rule.
        episode_return: Sum of the rewards.
        length: Control steps taken.
        terminated: The environment ended the episode, or success did on a task that stops there.
        truncated: The horizon (or the environment's own limit) ended it.
        mode: The last mode that the environment reported, None if undecided.
    """

    __slots__ = (
        "_horizon",
        "_latches",
        "_stops",
        "episode_return",
        "final_success",
        "length",
        "mode",
        "success",
        "terminated",
        "truncated",
    )

    def __init__(self, task: Task, info: Mapping[str, Any]) -> None:
        self._horizon = task.horizon
        self._latches = task.success_rule == "ever"
        self._stops = task.stops_on_success
        self.success: bool = info["success"]
        self.final_success = self.success
        self.mode: int | None = info["mode"]
        self.episode_return = 0.0
        self.length = 0
        self.terminated = False
        self.truncated = False

    def step(self, reward: SupportsFloat, terminated: bool, truncated: bool, info: Mapping[str, Any]) -> bool:
        """Takes in what `Env.step` returned; returns whether the episode has ended."""
        success = info["success"]
        self.success = success or (self._latches and self.success)
        self.final_success = success
        self.mode = info["mode"]
        self.episode_return += float(reward)
        self.length += 1
        self.terminated = terminated or (self._stops and success)
        self.truncated = not self.terminated and (truncated or self.length >= self._horizon)
        return self.terminated or self.truncated
