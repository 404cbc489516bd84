"""Made-up records and runs, for tests of what reads them: scores, tables, comparisons, frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.runs.folder import Run, RunHeader
from ilbench.runs.identity import PROTOCOL, EpisodeId, policy_seed
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.runs.submission_info import SubmissionInfo

TASK_ID = "toy/reach-v1"
CREATED = "2026-01-01T00:00:00+00:00"


def make_record(context: int = 0, success: bool | None = True, **changes: Any) -> EpisodeRecord:
    """Returns the record of an episode of three steps on the ``test`` split, which success ended.

    What follows from success and status follows: a failure was truncated, an ``env_error`` has no success,
    whatever is not ``ok`` has a reason and did not come to its end. Its seeds are those of the episode in a
    published run.

    Args:
        context: Index of the context.
        success: Whether it succeeded.
        **changes: Other values of any field of `EpisodeRecord`.
    """
    status = changes.get("status", "ok")
    is_ok = status == "ok"
    named = {"task": TASK_ID, "split": "test", "context": context, "repeat": 0}
    identity = EpisodeId(**{name: changes.get(name, value) for name, value in named.items()})
    fields: dict[str, Any] = {
        **named,
        "env_seed": identity.seed("environment"),
        "policy_seed": policy_seed(identity, PROTOCOL, PUBLISHED_NONCE),
        "initial_digest": "0" * 32,
        "status": status,
        "reason": None if is_ok else "why",
        "success": None if status == "env_error" else is_ok and success,
        "episode_return": 0.0,
        "length": 3,
        "terminated": is_ok and bool(success),
        "truncated": is_ok and not success,
        "mode": None,
        "action_digest": "1" * 32,
        "times": Times(env_s=0.0, policy_s=0.0),
    }
    return EpisodeRecord(**{**fields, **changes})


def make_records(successes: Iterable[bool | int | None], **changes: Any) -> list[EpisodeRecord]:
    """Returns a record for each outcome, on contexts from 0 on."""
    return [
        make_record(context, None if one is None else bool(one), **changes)
        for context, one in enumerate(successes)
    ]


def make_run(
    records: Sequence[EpisodeRecord] = (),
    *,
    path: Path = Path("runs/made-up"),
    name: str = "made up",
    training_seed: int | None = None,
    privileged: bool = False,
    **changes: Any,
) -> Run:
    """Returns a run that holds these records, with the plan that has just their episodes.

    Nothing is written: ``create_run(run.path, run.header)`` and ``seal(run)`` would.

    Args:
        records: Of whole blocks: every context up to the last, every repeat of each.
        path: Its folder.
        name: Of the submission.
        training_seed: Of the submission.
        privileged: Whether the submission looks into the simulator.
        **changes: Other values of any field of `RunHeader`.
    """
    blocks = tuple(_blocks(records))
    fields: dict[str, Any] = {
        "protocol": PROTOCOL,
        "nonce": PUBLISHED_NONCE,
        "width": DEFAULT_WIDTH,
        "submission": SubmissionInfo(
            name=name,
            kind="object",
            entry="made_up:Policy",
            digest="0" * 32,
            training_seed=training_seed,
            privileged=privileged,
        ),
        "preset": "full",
        "plan": blocks,
        "tasks": {block.task: "0" * 32 for block in blocks},
        "packages": {},
        "machine": {},
        "created": CREATED,
    }
    return Run(path=path, header=RunHeader(**{**fields, **changes}), records=tuple(records))


def _blocks(records: Sequence[EpisodeRecord]) -> Iterable[Block]:
    """Yields a block for each task and split, in order of first appearance."""
    sizes: dict[tuple[str, str], tuple[int, int]] = {}
    for record in records:
        contexts, repeats = sizes.get((record.task, record.split), (0, 0))
        sizes[record.task, record.split] = max(contexts, record.context + 1), max(repeats, record.repeat + 1)
    for (task, split), (contexts, repeats) in sizes.items():
        yield Block(task=task, split=split, num_contexts=contexts, num_repeats=repeats)
