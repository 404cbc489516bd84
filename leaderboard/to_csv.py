"""The leaderboard as CSV: the three scores of each submission, then one line a task and split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.escape import CHARACTERS, csv_text
from ilbench.leaderboard.row import SCORES, Means, Row
from ilbench.leaderboard.sayings import SAYINGS
from ilbench.plain_text import distinct_lines
from ilbench.scores import Estimate, Measure, SplitScores, TaskScores, load_measures

DIGITS = 6

Line: TypeAlias = dict[str, str | int | float]


def to_csv(board: Leaderboard) -> str:
    """Returns the board with a column a number; an undefined score is an empty field, never a zero.

    Lines of scope ``board`` hold each row's three scores over the board's tasks, those of scope ``suite`` the
    same of a suite, those of scope ``task`` every measure of a split. Names are whole, each in one line; a
    text that a spreadsheet would take for a formula has an apostrophe before it
    (`ilbench.leaderboard.escape.escape_csv`). `ilbench.leaderboard.frame.board_frame` is the same with a line
    a number.
    """
    # Those with an interval first.
    measures = sorted(load_measures(), key=lambda measure: not measure.is_estimate)
    names = distinct_lines((row.name for row in board.rows), CHARACTERS)
    columns = (*IDENTITY, *_ends(map(_mean, MEANS)), *OF_ROW, *_columns(measures))
    lines = [
        {**_identity(board, row), "submission": names[row.name], **line}
        for row in board.rows
        for line in _lines(board, row, measures)
    ]
    return csv_text(tuple(columns), lines)


IDENTITY = (
    "board",
    "scope",
    "rank",
    "rank_low",
    "rank_high",
    "group",
    "submission",
    "folder",
    "kind",
    "is_reference",
    "protocol",
    "preset",
    "unranked_reason",
    "suite",
    "task",
    "split",
    "num_training_seeds",
    "num_episodes",
    "num_policy_faults",
    "num_unscored",
)
MEANS = ("success", "diversity", "generalization", "under_shifts")
OF_ROW = (
    *(f"{score}_{end}" for score in SCORES[1:] for end in ("rank", "rank_low", "rank_high")),
    "is_on_front",
    "num_tasks",
    "speaks_of",
    "modes_found",
    "modes",
    "one_way",
    "policy_step_s",
    "verification",
    "verified_by",
    "verified_at",
    "records",
    "sandbox",
    "server",
    *SAYINGS,
)
"""What lines of scope ``board`` have beside the means."""


def _columns(measures: Sequence[Measure]) -> Iterator[str]:
    for measure in measures:
        yield from _ends([measure.name]) if measure.is_estimate else (measure.name,)


def _ends(names: Iterable[str]) -> Iterator[str]:
    return (name + end for name in names for end in ("", "_low", "_high", "_n"))


def _mean(name: str) -> str:
    return f"mean_{name}"


def _lines(board: Leaderboard, row: Row, measures: Sequence[Measure]) -> Iterator[Line]:
    yield {"scope": "board", **_of_row(row), **_means(row.mean)}
    for suite, means in row.suite_means.items():
        yield {"scope": "suite", "suite": suite, **_means(means)}
    for task in board.tasks:
        scores = row.scores.get(task.id)
        if scores is not None:
            for split in scores.splits.values():
                numbers = _numbers(measures, scores, split)
                yield {"scope": "task", "task": task.id, **_of_split(task.suite, split), **numbers}


def _identity(board: Leaderboard, row: Row) -> Line:
    low, high = row.rank_interval or ("", "")
    return {
        "board": board.board.name,
        "rank": row.rank or "",
        "rank_low": low,
        "rank_high": high,
        "group": row.group or "",
        "folder": row.folder,
        "kind": row.kind,
        "is_reference": int(row.is_reference),
        "protocol": row.protocol,
        "preset": row.preset,
        "unranked_reason": row.unranked_reason or "",
    }


def _of_row(row: Row) -> Line:
    line: Line = {
        "is_on_front": int(row.is_on_front),
        "num_tasks": row.num_tasks,
        "speaks_of": row.speaks_of,
        "verification": row.evidence.rung,
        "verified_by": row.evidence.by,
        "verified_at": row.evidence.at,
        "records": row.evidence.level,
        "sandbox": row.evidence.sandbox,
        "server": row.evidence.server,
        **row.sayings,
    }
    for score in SCORES[1:]:
        if (place := row.places.get(score)) is not None:
            low, high = place.interval or ("", "")
            line |= {f"{score}_rank": place.rank, f"{score}_rank_low": low, f"{score}_rank_high": high}
    if row.modes is not None:
        found = _rounded(row.modes.found)
        line |= {"modes_found": found, "modes": row.modes.total, "one_way": " ".join(row.modes.one_way)}
    if row.policy_step_s is not None:
        line["policy_step_s"] = float(f"{row.policy_step_s:.4g}")
    return line


def _means(means: Means) -> Line:
    line: Line = {}
    for name in MEANS:
        found = getattr(means, name)
        line |= _estimate(_mean(name), found) if found is not None else {}
    return line


def _of_split(suite: str, split: SplitScores) -> Line:
    return {
        "suite": suite,
        "split": split.split,
        "num_training_seeds": split.num_training_seeds,
        "num_episodes": split.num_episodes,
        "num_policy_faults": split.num_policy_faults,
        "num_unscored": split.num_unscored,
    }


def _numbers(measures: Sequence[Measure], scores: TaskScores, split: SplitScores) -> Line:
    line: Line = {}
    for measure in measures:
        value = measure.of(scores, split)
        if isinstance(value, Estimate):
            line |= _estimate(measure.name, value)
        elif value is not None:
            line[measure.name] = _rounded(value)
    return line


def _estimate(name: str, value: Estimate) -> Line:
    ends = {"": value.value, "_low": value.low, "_high": value.high}
    return {**{name + end: _rounded(number) for end, number in ends.items()}, f"{name}_n": value.n}


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0  # a zero without its minus; a count stays a count
