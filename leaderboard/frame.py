"""The leaderboard as a data frame: one line a submission, task, split and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ilbench.scores import Estimate, Measure, TaskScores, load_measures

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = {
    "submission": "string",
    "kind": "string",
    "protocol": "string",
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


class RowLike(Protocol):
    """What a frame holds of a row; see `ilbench.leaderboard.board.Row`."""

    @property
    def name(self) -> str:
        """The submission's own name."""

    @property
    def kind(self) -> str:
        """``baseline``, ``folder`` or ``object``."""

    @property
    def protocol(self) -> str:
        """Version of the evaluation protocol."""

    @property
    def preset(self) -> str:
        """How much of each split was run."""

    @property
    def rank(self) -> int | None:
        """Position by mean success."""

    @property
    def unranked_reason(self) -> str | None:
        """Why it is not ranked."""

    @property
    def scores(self) -> Mapping[str, TaskScores]:
        """Scores by task, in the board's order."""


class BoardLike(Protocol):
    """What a frame is made of; see `ilbench.leaderboard.board.Leaderboard`."""

    @property
    def rows(self) -> Sequence[RowLike]:
        """All rows, the ranked first."""


def scores_frame(
    board: BoardLike,
    rows: Sequence[RowLike] | None = None,
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
        for scores in row.scores.values()
        for name, split in scores.splits.items()
        if splits is None or name in splits
        for measure in wanted
        if (value := measure.of(scores, split)) is not None
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(COLUMNS)


def _identity(row: RowLike) -> tuple[str | int | None, ...]:
    return row.name, row.kind, row.protocol, row.preset, row.rank, row.unranked_reason


def _numbers(value: Estimate | float) -> tuple[float | int | str | None, ...]:
    if isinstance(value, Estimate):
        return value.value, value.low, value.high, value.n, value.method
    return value, None, None, None, None
