"""The leaderboard as a data frame: one line a submission, task, split and measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ilbench.scores import Estimate, Measure, load_measures

if TYPE_CHECKING:
    from pandas import DataFrame

    from ilbench.leaderboard.board import Leaderboard, Row

COLUMNS = {
    "submission": "string",
    "kind": "string",
    "preset": "string",
    "rank": "Int64",
    "unranked_reason": "string",
    "task": "string",
    "split": "string",
    "score": "string",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "method": "string",
}
"""The columns and their types."""


def scores_frame(
    board: Leaderboard,
    rows: Sequence[Row] | None = None,
    measures: Sequence[Measure] | None = None,
    splits: Sequence[str] | None = None,
) -> DataFrame:
    """Returns the scores of a board in long form, with the columns and types of `COLUMNS`.

    A score that is not defined has no line: ``pivot`` makes it a missing value again. A score without an
    interval has no ``low``, ``high``, ``n`` and ``method``. Names are as the submission gave them.

    Args:
        board: The board.
        rows: Only these of its rows.
        measures: Only these, by default all, those of other packages among them.
        splits: Only these.
    """
    import pandas as pd

    wanted = load_measures() if measures is None else measures
    lines = [
        (*_identity(row), scores.task, name, measure.name, *_numbers(value))
        for row in (board.rows if rows is None else rows)
        for task in board.tasks
        if (scores := row.scores.get(task.id)) is not None
        for name, split in scores.splits.items()
        if splits is None or name in splits
        for measure in wanted
        if (value := measure.of(scores, split)) is not None
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(COLUMNS)


def _identity(row: Row) -> tuple[str | int | None, ...]:
    return row.name, row.kind, row.preset, row.rank, row.unranked_reason


def _numbers(value: Estimate | float) -> tuple[float | int | str | None, ...]:
    if isinstance(value, Estimate):
        return value.value, value.low, value.high, value.n, value.method
    return value, None, None, None, None
