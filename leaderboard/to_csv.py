"""The leaderboard as CSV: one line a submission, task and split, every score with its interval."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ilbench.leaderboard.board import Leaderboard, Row
from ilbench.leaderboard.escape import escape_csv, plain
from ilbench.scores import Estimate, SplitScores, TaskScores

DIGITS = 6

_ESTIMATES = (
    "success_rate",
    "final_success_rate",
    "steps_to_success",
    "mean_return",
    "normalized_return",
    "behavior_entropy",
    "conditional_entropy",
    "conditional_entropy_with_zeros",
    "mode_kl",
    "mode_js",
    "gap",
    "retention",
    "shift_drop",
    "shift_retention",
    "severity_area",
)
_PLAIN = (
    "behavior_entropy_corrected",
    "entropy_ceiling",
    "conditional_ceiling",
    "conditional_ceiling_with_zeros",
    "conditional_entropy_corrected",
    "mode_js_floor",
    "missing_mass",
    "num_modes_unseen",
    "num_modes_found",
    "num_modes",
    "num_successes",
    "num_undecided",
)
_IDENTITY = (
    "rank",
    "rank_low",
    "rank_high",
    "group",
    "submission",
    "kind",
    "is_reference",
    "preset",
    "unranked_reason",
    "task",
    "split",
    "num_training_seeds",
    "num_episodes",
    "num_policy_faults",
    "num_unscored",
)
COLUMNS = (
    *_IDENTITY,
    *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high", "_n")),
    *_PLAIN,
)


def to_csv(board: Leaderboard) -> str:
    """Returns the board in long form; an undefined score is an empty field, never a zero."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in board.rows:
        for task in board.tasks:
            if task.id in row.scores:
                writer.writerows(_lines(row, row.scores[task.id]))
    return text.getvalue()


def _lines(row: Row, scores: TaskScores) -> Iterator[dict[str, str | int | float]]:
    for name, split in scores.splits.items():
        line: dict[str, str | int | float] = {
            "rank": row.rank or "",
            "rank_low": row.rank_interval[0] if row.rank_interval else "",
            "rank_high": row.rank_interval[1] if row.rank_interval else "",
            "group": row.group or "",
            "submission": escape_csv(plain(row.name)),
            "kind": escape_csv(plain(row.kind)),
            "is_reference": int(row.is_reference),
            "preset": escape_csv(plain(row.preset)),
            "unranked_reason": row.unranked_reason or "",
            "task": scores.task,
            "split": name,
            "num_training_seeds": split.num_training_seeds,
            "num_episodes": split.num_episodes,
            "num_policy_faults": split.num_policy_faults,
            "num_unscored": split.num_unscored,
        }
        for key, estimate in _estimates(scores, split).items():
            line |= _fields(key, estimate)
        line |= {key: _rounded(value) for key, value in _plain(split).items() if value is not None}
        yield line


def _estimates(scores: TaskScores, split: SplitScores) -> dict[str, Estimate | None]:
    gap, shift = scores.gap(split.split), scores.shift(split.split)
    conditional = split.diversity.conditional if split.diversity else None
    divergence = split.diversity.from_demonstrations if split.diversity else None
    return {
        "success_rate": split.success,
        "final_success_rate": split.final_success,
        "steps_to_success": split.time_to_success.mean if split.time_to_success else None,
        "mean_return": split.mean_return,
        "normalized_return": split.normalized_return,
        "behavior_entropy": split.diversity.entropy if split.diversity else None,
        "conditional_entropy": conditional.entropy if conditional else None,
        "conditional_entropy_with_zeros": conditional.entropy_with_zeros if conditional else None,
        "mode_kl": divergence.kl if divergence else None,
        "mode_js": divergence.js if divergence else None,
        "gap": gap.gap if gap else None,
        "retention": gap.retention if gap else None,
        "shift_drop": shift.drop if shift else None,
        "shift_retention": shift.retention if shift else None,
        "severity_area": next((c.area for c in scores.severity if split.split in c.splits), None),
    }


def _plain(split: SplitScores) -> dict[str, float | None]:
    diversity = split.diversity
    if diversity is None:
        return {}
    conditional, divergence = diversity.conditional, diversity.from_demonstrations
    return {
        "behavior_entropy_corrected": diversity.entropy_corrected,
        "entropy_ceiling": diversity.ceiling,
        "conditional_ceiling": conditional.ceiling if conditional else None,
        "conditional_ceiling_with_zeros": conditional.ceiling_with_zeros if conditional else None,
        "conditional_entropy_corrected": conditional.entropy_corrected if conditional else None,
        "mode_js_floor": divergence.js_floor if divergence else None,
        "missing_mass": diversity.missing_mass,
        "num_modes_unseen": diversity.num_modes_unseen,
        "num_modes_found": diversity.num_modes_found,
        "num_modes": diversity.num_modes,
        "num_successes": diversity.num_successes,
        "num_undecided": diversity.num_undecided,
    }


def _fields(name: str, estimate: Estimate | None) -> dict[str, str | int | float]:
    if estimate is None:
        return {}
    return {
        name: _rounded(estimate.value),
        f"{name}_low": _rounded(estimate.low),
        f"{name}_high": _rounded(estimate.high),
        f"{name}_n": estimate.n,
    }


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0  # a zero without its minus; a count stays a count
