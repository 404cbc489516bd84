"""The leaderboard in the schema of Every Eval Ever 0.3.0 (arXiv 2606.14516), one JSON file a submission.

Beside each lies a file with a line an episode, whose SHA-256 the first holds. Both follow
``eval.schema.json`` and ``instance_level_eval.schema.json`` of the package ``every-eval-ever`` 0.3.0, read
2026-11. The schema is made for language models: an episode is an ``agentic`` sample without messages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ilbench.contract.task import installed_version
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.slugs import slug
from ilbench.leaderboard.to_json import rounded
from ilbench.runs.attestation import RUNGS
from ilbench.scores import Estimate, Measure, SplitScores, TaskScores, load_measures
from ilbench.scores.measures import SUCCESS

SCHEMA = "0.3.0"
BENCHMARK = "ilbench"
LEVEL = 0.95
UNKNOWN = "unknown"


def to_eee(board: Leaderboard) -> Mapping[str, str]:
    """Returns the files, by their paths below the root of the data store."""
    found: dict[str, str] = {}
    for row in board.rows:
        model = _model_id(row)
        stem = f"data/{BENCHMARK}/{model}/{_uuid(board, row)}"
        identity = f"{BENCHMARK}/{model}/{_epoch(row)}"
        episodes = "".join(_line(one) for one in _instances(board, row, identity, model))
        samples = f"{stem}_samples.jsonl"
        found[samples] = episodes
        content = _evaluation(board, row, identity, model)
        content["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": samples,
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(episodes.encode()).hexdigest(),
            "total_rows": episodes.count("\n"),
        }
        found[f"{stem}.json"] = json.dumps(rounded(content), indent=1, sort_keys=True, allow_nan=False) + "\n"
    return found


def _evaluation(board: Leaderboard, row: Row, identity: str, model: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA,
        "evaluation_id": identity,
        "evaluation_timestamp": row.played,
        "retrieved_timestamp": str(_epoch(row)),
        "source_metadata": {
            "source_name": "ILBench leaderboard" + f" {board.board.name}" * bool(board.board.name),
            "source_type": "evaluation_run",
            "source_organization_name": "ILBench",
            "evaluator_relationship": "third_party" if _is_replayed_by_others(row) else "first_party",
            "additional_details": {"verification": row.evidence.rung, "records": row.evidence.level},
        },
        "eval_library": {"name": BENCHMARK, "version": installed_version(BENCHMARK) or UNKNOWN},
        "model_info": {
            "name": row.label,
            "id": model,
            "developer": row.sayings.get("authors", UNKNOWN),
            "additional_details": {
                "deployment_type": "self_deployed",
                "model_availability": UNKNOWN,
                "digests": " ".join(row.digests),
                **row.sayings,
            },
        },
        "evaluation_results": [
            _result(task, scores, split, measure, value)
            for task in board.tasks
            if (scores := row.scores.get(task.id)) is not None
            for split in scores.splits.values()
            for measure in load_measures()
            if isinstance(value := measure.of(scores, split), Estimate)
        ],
    }


def _is_replayed_by_others(row: Row) -> bool:
    """Returns whether a verifier has played every episode again: then the scores are their own, too."""
    return RUNGS.index(row.evidence.rung) >= RUNGS.index("re-run")


def _result(
    task: BoardTask, scores: TaskScores, split: SplitScores, measure: Measure, value: Estimate
) -> dict[str, Any]:
    low, high = measure.range
    design = str(value.design) if value.design else ""
    return {
        "evaluation_result_id": _result_id(scores.task, split.split, measure),
        "evaluation_name": f"{scores.task} {split.split}",
        "source_data": {"dataset_name": scores.task, "source_type": "other"},
        "metric_config": {
            "evaluation_description": task.summary,
            "metric_id": f"{BENCHMARK}.{measure.name}",
            "metric_name": measure.title,
            "metric_unit": measure.unit,
            "lower_is_better": measure.higher_is_better is False,
            "score_type": "continuous",
            "min_score": "-Infinity" if low is None else low,
            "max_score": "Infinity" if high is None else high,
        },
        "score_details": {
            "score": value.value,
            "details": {"speaks_of": value.speaks_of, "episodes": design},
            "uncertainty": {
                "confidence_interval": {
                    "lower": value.low,
                    "upper": value.high,
                    "confidence_level": LEVEL,
                    "method": value.method,
                },
                "num_samples": value.n,
            },
        },
    }


def _instances(board: Leaderboard, row: Row, identity: str, model: str) -> Iterator[dict[str, Any]]:
    """Yields each scored episode as an instance of the success rate of its split."""
    for task in board.tasks:
        scores = row.scores.get(task.id)
        for split in scores.splits.values() if scores is not None else ():
            shared = {
                "schema_version": SCHEMA,
                "evaluation_id": identity,
                "model_id": model,
                "evaluation_name": f"{task.id} {split.split}",
                "evaluation_result_id": _result_id(task.id, split.split, SUCCESS),
                "interaction_type": "agentic",
                "input": {"raw": task.summary, "reference": []},
                "messages": [],
                "answer_attribution": [],
            }
            yield from (shared | one for one in _episodes(task.id, split))


def _episodes(task: str, split: SplitScores) -> Iterator[dict[str, Any]]:
    table = split.episodes.scored()
    columns = (table.seed, table.context, table.repeat, table.success, table.length, table.is_fault)
    returns, modes = table.episode_return.tolist(), table.mode.tolist()
    lines = zip(*(column.tolist() for column in columns), returns, modes, strict=True)
    for seed, context, repeat, success, length, is_fault, episode_return, mode in lines:
        yield {
            "sample_id": f"{task} {split.split}[{context}] repeat {repeat} training {seed}",
            "evaluation": {"score": success, "is_correct": bool(success), "num_turns": max(1, length)},
            "error": "the policy's own fault ended the episode" if is_fault else None,
            "metadata": {"return": repr(episode_return), "mode": str(mode)},
        }


def _result_id(task: str, split: str, measure: Measure) -> str:
    return f"{task}:{split}:{measure.name}"


def _model_id(row: Row) -> str:
    return f"{slug(row.sayings.get('authors', UNKNOWN), 60)}/{slug(row.label, 60)}"


def _epoch(row: Row) -> int:
    """Returns when its runs began, in seconds of Unix time; 0 where that is not known."""
    try:
        return int(datetime.fromisoformat(row.played).timestamp())
    except (ValueError, OverflowError):
        return 0


def _uuid(board: Leaderboard, row: Row) -> str:
    """Returns a name of the form that the schema asks for; the same row of the same board has the same."""
    text = json.dumps([board.board.name, row.label, row.kind, row.protocol, row.preset, *row.digests])
    hexed = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{hexed[:8]}-{hexed[8:12]}-4{hexed[13:16]}-8{hexed[17:20]}-{hexed[20:32]}"


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, allow_nan=False) + "\n"
