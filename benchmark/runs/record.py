"""The record of an episode: one frozen value, one canonical line."""

from __future__ import annotations

from sys import intern
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ilbench.contract.task import Task
from ilbench.digest import array_digest, json_digest
from ilbench.runs.identity import Episode, EpisodeId

Status: TypeAlias = Literal["ok", "policy_error", "invalid_action", "timeout", "env_error"]
POLICY_FAULTS: frozenset[Status] = frozenset({"policy_error", "invalid_action", "timeout"})
"""Faults of the policy: they count as failures. An ``env_error`` is ours and blocks publication."""

Count: TypeAlias = Annotated[int, Field(ge=0)]


class Times(BaseModel):
    """Seconds of wall clock; never part of the digest.

    Attributes:
        env_s: In the environment's `reset` and `step`.
        policy_s: In the policy, the episode's share of each batched call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    env_s: float
    policy_s: float


class EpisodeRecord(BaseModel):
    """What happened in one episode.

    Attributes:
        task: Task id.
        split: Split name.
        context: Index of the context.
        repeat: Repetition.
        env_seed: Seed given to the environment's `reset`.
        policy_seed: Seed given to the policy's `reset`.
        initial_digest: Digest of the first observation and simulator state; None if `reset` failed.
        status: ``ok``, or whose fault ended the episode.
        reason: One line on what went wrong; None when ``ok``.
        success: By the task's rule; False on a policy's fault, None on an ``env_error``.
        final_success: Whether the last step was a success, where success counts at any step and does not end
            the episode (so that `success` does not say it); else None, and absent from the journal.
        episode_return: Sum of rewards up to the end.
        length: Control steps taken.
        terminated: The environment ended the episode, or success did.
        truncated: The horizon ended it.
        mode: Index of the behavior mode, None if undecided.
        action_digest: Digest of the actions as the environment received them.
        times: Wall-clock times.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    split: str
    context: Count
    repeat: Count
    env_seed: Count
    policy_seed: Count
    initial_digest: str | None
    status: Status
    reason: str | None
    success: bool | None
    episode_return: float
    length: Count
    terminated: bool
    truncated: bool
    mode: Count | None
    action_digest: str
    times: Times
    final_success: bool | None = None

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Returns the record that a JSON text holds.

        Records read so share what is equal in all: the names of their fields, their task and their split. A
        million of them then fit into half of the memory.

        Raises:
            ValidationError: The text is not JSON, or not a record.
        """
        record: Self = cls.__pydantic_validator__.validate_json(text)
        values = record.__dict__
        values["task"], values["split"] = intern(values["task"]), intern(values["split"])
        names = _FIELDS if "final_success" in record.__pydantic_fields_set__ else _FIELDS_WITHOUT_FINAL
        object.__setattr__(record, "__pydantic_fields_set__", names)
        object.__setattr__(values["times"], "__pydantic_fields_set__", _TIMES_FIELDS)
        return record

    @property
    def id(self) -> EpisodeId:
        """The episode's identity."""
        return EpisodeId(self.task, self.split, self.context, self.repeat)

    def content(self, *, times: bool = True) -> dict[str, Any]:
        """Returns the record as it is written, with or without the times."""
        left_out = {"times": not times, "final_success": self.final_success is None}
        return self.model_dump(exclude={name for name, is_out in left_out.items() if is_out})

    def digest(self) -> str:
        """Returns the digest of everything but the times: equal for two runs of one episode."""
        return json_digest(self.content(times=False))


def final_success_of(task: Task, status: Status, at_end: bool) -> bool | None:
    """Returns what a record says of the last step: nothing where `success` says it, or nobody knows."""
    return at_end if task.reports_final_success and status != "env_error" else None


def blank_record(
    task: Task, episode: Episode, status: Status, reason: str | None, times: Times
) -> EpisodeRecord:
    """Returns the record of an episode of whose course nothing is known.

    A hang is recorded so wherever the policy runs: how far the episode came is lost with a worker that
    had to be killed, and the place must not change a record.
    """
    return EpisodeRecord(
        **episode.id._asdict(),
        env_seed=episode.id.seed("environment"),
        policy_seed=episode.policy_seed,
        initial_digest=None,
        status=status,
        reason=reason,
        success=None if status == "env_error" else False,
        final_success=final_success_of(task, status, False),
        episode_return=0.0,
        length=0,
        terminated=False,
        truncated=False,
        mode=None,
        action_digest=array_digest(np.asarray([], task.action.dtype)),
        times=times,
    )


_FIELDS = set(EpisodeRecord.model_fields)
_FIELDS_WITHOUT_FINAL = _FIELDS - {"final_success"}
_TIMES_FIELDS = set(Times.model_fields)
