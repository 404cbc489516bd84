"""The leaderboard as CSV: one line a submission, task and split, every measure with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ilbench.leaderboard.board import Leaderboard, Row
from ilbench.leaderboard.escape import CHARACTERS, csv_text
from ilbench.plain_text import distinct_lines
from ilbench.scores import Estimate, Measure, SplitScores, TaskScores, load_measures

DIGITS = 6

Line: TypeAlias = dict[str, str | int | float]


def to_csv(board: Leaderboard) -> str:
    """Returns the board with a column a number; an undefined score is an empty field, never a zero.

    Names are whole, each in one line; a text that a spreadsheet would take for a formula has an apostrophe
    before it (`ilbench.leaderboard.escape.escape_csv`). `ilbench.leaderboard.frame.scores_frame` is the same
    with a line a number.
    """
    # Those with an interval first.
    measures = sorted(load_measures(), key=lambda measure: not measure.is_estimate)
    names = distinct_lines((row.name for row in board.rows), CHARACTERS)
    lines = [
        {**_identity(row, scores, split), "submission": names[row.name], **_numbers(measures, scores, split)}
        for row in board.rows
        for task in board.tasks
        if (scores := row.scores.get(task.id)) is not None
        for split in scores.splits.values()
    ]
    return csv_text(tuple(_columns(measures)), lines)


IDENTITY = (
    "rank",
    "rank_low",
    "rank_high",
    "group",
    "submission",
    "kind",
    "is_reference",
    "protocol",
    "preset",
    "unranked_reason",
    "task",
    "split",
    "num_training_seeds",
    "num_episodes",
    "num_policy_faults",
    "num_unscored",
)


def _columns(measures: Sequence[Measure]) -> Iterator[str]:
    yield from IDENTITY
    for measure in measures:
        ends = ("", "_low", "_high", "_n") if measure.is_estimate else ("",)
        yield from (measure.name + end for end in ends)


def _identity(row: Row, scores: TaskScores, split: SplitScores) -> Line:
    low, high = row.rank_interval or ("", "")
    values = (
        row.rank or "",
        low,
        high,
        row.group or "",
        row.name,
        row.kind,
        int(row.is_reference),
        row.protocol,
        row.preset,
        row.unranked_reason or "",
        scores.task,
        split.split,
        split.num_training_seeds,
        split.num_episodes,
        split.num_policy_faults,
        split.num_unscored,
    )
    return dict(zip(IDENTITY, values, strict=True))


def _numbers(measures: Sequence[Measure], scores: TaskScores, split: SplitScores) -> Line:
    line: Line = {}
    for measure in measures:
        value = measure.of(scores, split)
        if isinstance(value, Estimate):
            ends = {"": value.value, "_low": value.low, "_high": value.high}
            line |= {measure.name + end: _rounded(number) for end, number in ends.items()}
            line[f"{measure.name}_n"] = value.n
        elif value is not None:
            line[measure.name] = _rounded(value)
    return line


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0  # a zero without its minus; a count stays a count
