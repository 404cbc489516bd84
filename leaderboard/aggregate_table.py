"""Aggregates of a board: mean, median, interquartile mean and optimality gap over the shared tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ilbench.errors import EmptyScoreError
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.tables import Cell, Column, Table, estimate_cell, task_tables
from ilbench.scores import Aggregates, Estimate, SeedScores, aggregate, seed_scores

_COLUMNS: tuple[tuple[str, Callable[[Aggregates], Estimate]], ...] = (
    ("mean", lambda found: found.mean),
    ("median", lambda found: found.median),
    ("interquartile mean", lambda found: found.interquartile_mean),
    ("optimality gap", lambda found: found.optimality_gap),
)


def detail_tables(board: Leaderboard) -> Iterator[Table]:
    """Yields what comes after the summary: the aggregates, then every task's scores and shifts."""
    table = aggregate_table(board)
    if table is not None:
        yield table
    yield from task_tables(board)


def aggregate_table(board: Leaderboard) -> Table | None:
    """Returns the aggregates of success over the shared tasks; None if these are fewer than two."""
    found = [(row, matrix) for row in board.rows if (matrix := seed_rates(board, row)) is not None]
    if not found:
        return None
    names = [Cell(text=row.label + " (reference)" * row.is_reference, key=row.name) for row, _ in found]
    aggregates = [aggregate(one.rates, means=one.means, left_out=one.left_out) for _, one in found]
    columns = [Column(title="submission", is_text=True, cells=tuple(names))]
    for title, pick in _COLUMNS:
        cells = tuple(estimate_cell(pick(one), is_rate=True) for one in aggregates)
        columns.append(Column(title=title, cells=cells))
    return Table(
        title=f"Aggregates over {len(board.shared_tasks)} tasks",
        subtitle="Success rates of every task and training seed, held out (Agarwal et al. 2021); stratified "
        "bootstrap over training seeds and contexts. Optimality gap: lower is better.",
        footnote=" ".join(left_out(board)),
        columns=tuple(columns),
    )


def left_out(board: Leaderboard) -> Iterator[str]:
    """Yields who among the ranked rows, or what of them, is in no aggregate and profile, a sentence each."""
    for row in board.ranked:
        scores = seed_rates(board, row)
        if scores is None:
            yield f"Left out: {row.label}, since no training seed of it has played every task."
        elif scores.left_out:
            yield f"Left out of {row.label}: {scores.left_out}."


def seed_rates(board: Leaderboard, row: Row) -> SeedScores | None:
    """Returns success rates by shared task and training seed; None if fewer than two tasks are shared.

    Also None if the row lacks one of them, or no training seed has played them all.
    """
    if len(board.shared_tasks) < 2:
        return None
    try:
        return seed_scores({task: row.split(task) for task in board.shared_tasks})
    except EmptyScoreError:
        return None
