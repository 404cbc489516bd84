"""Aggregates of a board: mean, median, interquartile mean and optimality gap over the shared tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.tables import Cell, Column, Table, estimate_cell, task_tables
from ilbench.scores import Aggregates, Estimate, aggregate

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
    aggregates = [aggregate(rates, num_episodes=counts) for _, (rates, counts) in found]
    columns = [Column(title="submission", is_text=True, cells=tuple(names))]
    for title, pick in _COLUMNS:
        cells = tuple(estimate_cell(pick(one), is_rate=True) for one in aggregates)
        columns.append(Column(title=title, cells=cells))
    return Table(
        title=f"Aggregates over {len(board.shared_tasks)} tasks",
        subtitle="Success rates of every task and training seed, held out (Agarwal et al. 2021); stratified "
        "bootstrap over training seeds and episodes. Optimality gap: lower is better.",
        footnote=" ".join(left_out(board)),
        columns=tuple(columns),
    )


def left_out(board: Leaderboard) -> Iterator[str]:
    """Yields who among the ranked rows is in no aggregate and no profile, and why, a sentence each."""
    for row in board.ranked:
        if seed_rates(board, row) is None:
            counts: dict[int, list[str]] = {}
            for task in board.shared_tasks:
                split = row.split(task)
                counts.setdefault(split.num_training_seeds if split else 0, []).append(task)
            seeds = "; ".join(f"{n} on {', '.join(tasks)}" for n, tasks in sorted(counts.items()))
            yield (
                f"Left out: {row.label}, which has not as many training seeds on every task ({seeds}): a "
                "matrix of tasks and seeds would have holes."
            )


def seed_rates(board: Leaderboard, row: Row) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Returns success rates and numbers of episodes by shared task and training seed, shapes (M, N).

    None if fewer than two tasks are shared, the row lacks one, or has not the same number of training seeds
    on each.
    """
    splits = [row.split(task) for task in board.shared_tasks]
    by_task = [split.success_by_seed for split in splits if split]
    if len(by_task) < max(2, len(splits)) or len({len(seeds) for seeds in by_task}) > 1:
        return None
    return (
        np.array([[one.value for one in seeds] for seeds in by_task], dtype=np.float64),
        np.array([[one.n for one in seeds] for seeds in by_task], dtype=np.int64),
    )
