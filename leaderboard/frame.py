"""The leaderboard as a data frame: one line a submission, task, split and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ilbench.leaderboard.sayings import SAYINGS
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
    "verification": "string",
    "sandbox": "string",
    "server": "string",
    "task": "string",
    "split": "string",
    "score": "string",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "method": "string",
    "contexts": "Int64",
    "repeats": "Int64",
    "training_seeds": "Int64",
    "distinct": "Int64",
    "speaks_of": "string",
    **dict.fromkeys(SAYINGS, "string"),
}
"""The columns and their types."""


class MeansLike(Protocol):
    """The three scores over some tasks; see `ilbench.leaderboard.row.Means`."""

    @property
    def success(self) -> Estimate | None:
        """Mean success."""

    @property
    def diversity(self) -> Estimate | None:
        """Mean behavior entropy."""

    @property
    def generalization(self) -> Estimate | None:
        """Mean success on test over that on train."""

    @property
    def under_shifts(self) -> Estimate | None:
        """Mean success under shifts over that on test."""


class EvidenceLike(Protocol):
    """Where a row was played; see `ilbench.leaderboard.evidence.Evidence`."""

    @property
    def sandbox(self) -> str:
        """What the policy's processes were kept in."""

    @property
    def server(self) -> str:
        """What the servers of remote policies said; empty where there were none."""


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
    def verification(self) -> str:
        """How far it can be believed: a rung of `ilbench.runs.attestation.RUNGS`."""

    @property
    def evidence(self) -> EvidenceLike:
        """Why, and where it was played."""

    @property
    def scores(self) -> Mapping[str, TaskScores]:
        """Scores by task, in the board's order."""

    @property
    def mean(self) -> MeansLike:
        """The three scores over the board's tasks."""

    @property
    def policy_step_s(self) -> float | None:
        """Seconds of the policy a control step."""

    @property
    def sayings(self) -> Mapping[str, str]:
        """What it says of itself."""


class BoardLike(Protocol):
    """What a frame is made of; see `ilbench.leaderboard.board.Leaderboard`."""

    @property
    def rows(self) -> Sequence[RowLike]:
        """All rows, the ranked first."""


def board_frame(board: BoardLike) -> DataFrame:
    """Returns the three scores of each row, then every score of `scores_frame`.

    The lines of the three, ``mean success`` and so on, have neither task nor split, as have what is kept
    under shifts and the policy's seconds a control step.
    """
    import pandas as pd

    lines = [
        (*_identity(row), None, None, name, *_numbers(value), *_said(row))
        for row in board.rows
        for name, value in _means(row).items()
        if value is not None
    ]
    means = pd.DataFrame(lines, columns=list(COLUMNS)).astype(COLUMNS)
    return pd.concat([means, scores_frame(board)], ignore_index=True)


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
        (*_identity(row), scores.task, name, measure.name, *_numbers(value), *_said(row))
        for row in (board.rows if rows is None else rows)
        for scores in row.scores.values()
        for name, split in scores.splits.items()
        if splits is None or name in splits
        for measure in wanted
        if (value := measure.of(scores, split)) is not None
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(COLUMNS)


def _means(row: RowLike) -> dict[str, Estimate | float | None]:
    return {
        "mean success": row.mean.success,
        "mean diversity": row.mean.diversity,
        "mean generalization": row.mean.generalization,
        "under shifts": row.mean.under_shifts,
        "policy seconds a step": row.policy_step_s,
    }


def _identity(row: RowLike) -> tuple[str | int | None, ...]:
    of_rank = (row.name, row.kind, row.protocol, row.preset, row.rank, row.unranked_reason)
    return *of_rank, row.verification, row.evidence.sandbox, row.evidence.server or None


def _said(row: RowLike) -> list[str | None]:
    return [row.sayings.get(name) for name in SAYINGS]


def _numbers(value: Estimate | float) -> tuple[float | int | str | None, ...]:
    if not isinstance(value, Estimate):
        return value, *[None] * 9
    design = value.design
    of = (design.contexts, design.repeats, design.training_seeds, design.distinct) if design else [None] * 4
    return value.value, value.low, value.high, value.n, value.method, *of, value.speaks_of
