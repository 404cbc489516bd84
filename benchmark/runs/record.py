"""The record of an episode: one frozen value, one canonical line."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from sys import intern
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator
from pydantic_core import PydanticCustomError, SchemaValidator

from ilbench.contract.task import Task
from ilbench.digest import DIGEST_HEX, array_digest, json_digest
from ilbench.runs.identity import Episode, EpisodeId

Status: TypeAlias = Literal["ok", "policy_error", "invalid_action", "timeout", "env_error"]
POLICY_FAULTS: frozenset[Status] = frozenset({"policy_error", "invalid_action", "timeout"})
"""Faults of the policy: they count as failures. An ``env_error`` is ours and blocks publication."""

Count: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Seconds: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Digest: TypeAlias = Annotated[str, StringConstraints(pattern=f"^[0-9a-f]{{{DIGEST_HEX}}}$")]


class Times(BaseModel):
    """Seconds of wall clock; never part of the digest.

    Attributes:
        env_s: In the environment's `reset` and `step`.
        policy_s: In the policy, the episode's share of each batched call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    env_s: Seconds
    policy_s: Seconds


class EpisodeRecord(BaseModel):
    """What happened in one episode; one that cannot have happened so is refused.

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
    initial_digest: Digest | None
    status: Status
    reason: str | None
    success: bool | None
    episode_return: FiniteFloat
    length: Count
    terminated: bool
    truncated: bool
    mode: Count | None
    action_digest: Digest
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
        record: Self = _read(text, strict=True)
        values = record.__dict__
        if not _is_possible(values):
            return cls.model_validate(values)  # which says why not
        values["task"], values["split"] = intern(values["task"]), intern(values["split"])
        names = _FIELDS if "final_success" in record.__pydantic_fields_set__ else _FIELDS_WITHOUT_FINAL
        object.__setattr__(record, "__pydantic_fields_set__", names)
        object.__setattr__(values["times"], "__pydantic_fields_set__", _TIMES_FIELDS)
        return record

    @model_validator(mode="after")
    def _check_possible(self) -> Self:
        if not _is_possible(self.__dict__):
            raise PydanticCustomError("impossible_record", "{problem}", {"problem": _contradiction(self)})
        return self

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


def _possible() -> frozenset[tuple[str, bool | None, bool, bool, bool | None]]:
    """Returns what status, success, terminated, truncated and final success can be together."""
    ends = ((True, False), (False, True))
    found: set[tuple[str, bool | None, bool, bool, bool | None]] = {
        ("ok", success, *end, final)
        for success in (True, False)
        for end in ends
        for final in (None, False, *[True] * success)
    }
    found |= {(status, False, False, False, final) for status in POLICY_FAULTS for final in (None, False)}
    found |= {("env_error", None, *end, None) for end in (*ends, (False, False))}
    return frozenset(found)


_POSSIBLE = _possible()
_outcome = itemgetter("status", "success", "terminated", "truncated", "final_success")


def _is_possible(values: Mapping[str, Any]) -> bool:
    """Returns whether the fields of a record can be beside one another."""
    outcome = _outcome(values)
    is_ok = outcome[0] == "ok"
    if outcome not in _POSSIBLE or (values["reason"] is None) is not is_ok:
        return False
    if values["length"]:
        return values["initial_digest"] is not None
    return not is_ok and values["episode_return"] == 0


def _contradiction(record: EpisodeRecord) -> str:
    """Returns the first field that cannot be beside the others: what was found, and what was expected."""
    status, is_fault = record.status, record.status in POLICY_FAULTS
    is_ok, is_ours, has_ended = status == "ok", status == "env_error", record.terminated or record.truncated
    checks: tuple[tuple[bool, str, object], ...] = (
        (is_ok != (record.reason is None), "reason", None if is_ok else "what went wrong"),
        (is_ours != (record.success is None), "success", None if is_ours else "true or false"),
        (is_fault and bool(record.success), "success", False),
        (is_ok and not has_ended, "truncated", True),
        (is_fault and record.terminated, "terminated", False),
        (is_fault and record.truncated, "truncated", False),
        (record.terminated and record.truncated, "truncated", False),
        (record.final_success is not None and is_ours, "final_success", None),
        (bool(record.final_success) and not record.success, "final_success", False),
        (record.length == 0 and is_ok, "length", "at least 1"),
        (record.length == 0 and record.episode_return != 0, "episode_return", 0.0),
        (record.initial_digest is None and record.length > 0, "initial_digest", "that of its start"),
    )
    field, expected = next((field, expected) for is_wrong, field, expected in checks if is_wrong)
    return (
        f"field {field!r}: found {getattr(record, field)!r}, expected {expected!r}, for the status is "
        f"{status!r}, the length {record.length}, the success {record.success}"
    )


_FIELDS = set(EpisodeRecord.model_fields)
_FIELDS_WITHOUT_FINAL = _FIELDS - {"final_success"}
_TIMES_FIELDS = set(Times.model_fields)
_read = SchemaValidator(EpisodeRecord.__pydantic_core_schema__["schema"]).validate_json
"""Reads what has the fields of a record. Its own validator would call back into Python for every record."""
