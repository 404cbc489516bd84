"""The leaderboard as evaluation results of the Hugging Face Hub: a folder a submission, and one file more.

A model's repository takes ``.eval_results/*.yaml``, the benchmark's dataset ``eval.yaml``, as
``docs/hub/eval-results.md`` of huggingface/hub-docs has it, read 2026-11. The Hub shows only benchmarks that
it has on its list. Scalars are written as JSON, which YAML 1.2 contains.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from ilbench.errors import UsageError
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.first_table import conditions, title
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.sayings import web_address
from ilbench.leaderboard.slugs import slug

FRAMEWORK = "ilbench"
DATASET = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def to_hf(board: Leaderboard, *, dataset: str = "") -> Mapping[str, str]:
    """Returns the files by their paths: ``NAME/.eval_results/ilbench.yaml`` a submission, and ``eval.yaml``.

    Args:
        board: The leaderboard.
        dataset: The benchmark's dataset on the Hub, ``organization/name``.

    Raises:
        UsageError: `dataset` has another form.
    """
    if not DATASET.fullmatch(dataset):
        raise UsageError(
            f"the format 'hf' needs the benchmark's dataset on the Hub, found {dataset[:80]!r}: --dataset "
            "ORG/NAME"
        )
    found = {"eval.yaml": _benchmark(board)}
    for row in board.rows:
        folder = f"{slug(row.label)}-{'-'.join(row.digests)[:8]}"
        text = "".join(f"{line}\n" for task in row.scores for line in _lines(row, task, dataset))
        if text:
            found[f"{folder}/.eval_results/{FRAMEWORK}.yaml"] = text
    return found


def _benchmark(board: Leaderboard) -> str:
    lines = [
        f"name: {_scalar(title(board))}",
        f"description: {_scalar(conditions(board))}",
        f"evaluation_framework: {FRAMEWORK}",
        "tasks:",
    ]
    for task in board.tasks:
        lines += [f"  - id: {_task_id(task.id)}", "    config: default", "    split: test"]
    return "\n".join(lines) + "\n"


def _lines(row: Row, task: str, dataset: str) -> Iterator[str]:
    """Yields the lines of one result, none where the task's held-out split was not played."""
    split = row.split(task)
    if split is None:
        return
    success = split.success
    notes = (
        f"success rate on held-out contexts, 95 % interval [{success.low:.4f}, {success.high:.4f}], "
        f"n = {success.design or success.n}, preset {row.preset}, protocol {row.protocol}, verification: "
        f"{row.evidence.level}"
    )
    yield "- dataset:"
    yield f"    id: {_scalar(dataset)}"
    yield f"    task_id: {_task_id(task)}"
    yield f"  value: {success.value:.6g}"
    if row.played:
        yield f"  date: {_scalar(row.played)}"
    address = web_address(row.sayings.get("code", ""))
    if address is not None:
        yield "  source:"
        yield f"    url: {_scalar(address)}"
        yield '    name: "code"'
    yield f"  evaluation_framework: {FRAMEWORK}"
    yield f"  notes: {_scalar(notes)}"


def _task_id(task: str) -> str:
    return slug(task.replace("/", "-"))


def _scalar(text: str) -> str:
    return json.dumps(text)
