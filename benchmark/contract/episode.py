"""The course of one episode: horizon, success rule and mode, applied alike to policies and experts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsFloat

from ilbench.contract.outcome import (
    InvalidOutcomeError,
    finite_number,
    known_mode,
    shown,
    success_and_mode,
    truth,
)
from ilbench.contract.task import Task


class EpisodeProgress:
    """What an episode has come to so far.

    It takes in only what a record can hold, and names everything else; see `ilbench.contract.outcome`. What
    was refused has left no trace in it.

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
        "_task",
        "episode_return",
        "final_success",
        "length",
        "mode",
        "success",
        "terminated",
        "truncated",
    )

    def __init__(self, task: Task, info: Mapping[str, Any]) -> None:
        """Begins with the info of a reset.

        Raises:
            InvalidOutcomeError: It says nothing of success and mode, or nothing that there is.
        """
        self._task = task
        self._horizon = task.horizon
        self._latches = task.success_rule == "ever"
        self._stops = task.stops_on_success
        success, mode = success_and_mode(task, "reset", info)
        self.success = truth(task, "reset", "info['success']", success)
        self.final_success = self.success
        self.mode = known_mode(task, "reset", mode)
        self.episode_return = 0.0
        self.length = 0
        self.terminated = False
        self.truncated = False

    def step(self, reward: SupportsFloat, terminated: bool, truncated: bool, info: Mapping[str, Any]) -> bool:
        """Takes in what `Env.step` returned; returns whether the episode has ended.

        Raises:
            InvalidOutcomeError: A record cannot hold it.
        """
        # Every control step of every run passes here: what is as usual costs a comparison each.
        try:
            success, mode = info["success"], info["mode"]
        except (KeyError, TypeError, IndexError):
            success, mode = success_and_mode(self._task, self._when, info)
        if type(reward) is not float:
            reward = finite_number(self._task, self._when, reward)
        total = self.episode_return + reward
        if total - total != 0.0:  # of an infinity or a NaN alone
            self._refuse(reward)
        length = self.length + 1
        is_over = length >= self._horizon
        is_usual = success is False and terminated is False and truncated is False and mode is self.mode
        if is_usual and not is_over:
            self.success = self._latches and self.success
            self.final_success = False
            self.episode_return = total
            self.length = length
            return False
        success = truth(self._task, self._when, "info['success']", success)
        terminated = truth(self._task, self._when, "terminated", terminated)
        truncated = truth(self._task, self._when, "truncated", truncated)
        self.mode = known_mode(self._task, self._when, mode)
        self.success = success or (self._latches and self.success)
        self.final_success = success
        self.episode_return = total
        self.length = length
        self.terminated = terminated or (self._stops and success)
        self.truncated = not self.terminated and (truncated or is_over)
        return self.terminated or self.truncated

    @property
    def _when(self) -> str:
        return f"step {self.length + 1}"

    def _refuse(self, reward: float) -> None:
        """Says whether the reward is not finite, or the sum of all."""
        finite_number(self._task, self._when, reward)
        raise InvalidOutcomeError(
            self._task,
            self._when,
            "the sum of rewards",
            f"beyond the floats with {shown(reward)}",
            "a finite return",
        )
