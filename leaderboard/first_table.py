"""The first table of every format: success, diversity and generalization side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.evidence import SIGNS
from ilbench.leaderboard.row import SCORES, Means, Row, ScoreName
from ilbench.leaderboard.tables import (
    MISSING,
    Cell,
    Column,
    Table,
    counted,
    estimate_cell,
    mark_best,
    name_column,
    number,
    possible_ranks,
    reason_column,
    seeds_column,
    summary_table,
)
from ilbench.runs.attestation import RUNGS

FRONT = "★"
ONE_WAY = "!"

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def title(board: Leaderboard) -> str:
    """Returns what a page or a file is called."""
    return "ILBench leaderboard" + f": {board.board.name}" * bool(board.board.name)


def summary_tables(board: Leaderboard) -> Iterator[Table]:
    """Yields the three scores of the ranked rows, then success on each task; the same of all other rows.

    Of the others only those who have all tasks of the board have means: without such there is no first table.
    """
    for title, rows in row_groups(board):
        has_means = any(row.mean_success for row in rows)
        if has_means:
            yield first_table(board, rows, title)
        if len(board.tasks) > 1 or not has_means:
            yield summary_table(board, rows, f"{title}: success on each task")


def row_groups(board: Leaderboard) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yields the rows that there are, by what they are: ranked, incomplete, not ranked."""
    incomplete = [row for row in board.unranked if row.is_incomplete]
    barred = [row for row in board.unranked if not row.is_incomplete]
    for title, rows in (("Ranked", board.ranked), ("Incomplete", incomplete), ("Unranked", barred)):
        if rows:
            yield title, rows


def first_table(board: Leaderboard, rows: Sequence[Row], title: str) -> Table:
    """Returns one line a row: the three scores over the board's tasks, then over those of each suite.

    Each has its interval and the ranks that it allows. Beside them stand what is kept under shifts, the
    policy's time and how the records can be verified.
    """
    columns = [name_column(rows), *reason_column(rows)]
    columns += _scores(rows, lambda row: row.mean, partial(_facts, board), _notes(board))
    if any(row.is_on_front for row in rows):
        marks = [Cell(text=FRONT, key=1.0) if row.is_on_front else Cell(text="", key=0.0) for row in rows]
        columns.append(Column(title="front", cells=tuple(marks)))
    columns += [*_shifts(rows), _cost(rows), _verification(rows), seeds_column(rows)]
    for suite in board.suites:
        of_suite: Callable[[Row], Means] = partial(_of_suite, suite)
        columns += _scores(rows, of_suite, lambda row, score: (), {}, f"{suite} ")
    return Table(title=title, subtitle=conditions(board), columns=tuple(columns))


def step_text(seconds: float | None) -> str:
    """Returns seconds a control step in a unit that fits, such as ``12 µs``."""
    if seconds is None:
        return MISSING
    scale, unit = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"


def conditions(board: Leaderboard) -> str:
    """Returns what is ranked, in a sentence or two."""
    one = board.board
    name = f"{one.summary} " if one.name else "No declared board. "
    return f"{name}{_tasks(len(one.tasks))}, preset {one.preset}, splits {' and '.join(one.splits)}."


def _tasks(number: int) -> str:
    return f"{number} task{'s' * (number != 1)}"


def _notes(board: Leaderboard) -> dict[ScoreName, str]:
    modes = sum(task.num_modes > 1 and task.id in board.shared_tasks for task in board.tasks)
    return {
        "success": _tasks(len(board.shared_tasks)),
        "diversity": f"{modes} with modes",
        "generalization": "test / train",
    }


def _scores(
    rows: Sequence[Row],
    means: Callable[[Row], Means],
    facts: Callable[[Row, ScoreName], Iterable[str]],
    notes: dict[ScoreName, str],
    prefix: str = "",
) -> Iterator[Column]:
    """Yields a column a score; success and diversity always overall, others where a row has one."""
    for score in SCORES:
        found = [means(row).of(score) for row in rows]
        if any(found):
            cells = [
                estimate_cell(one, is_rate=score != "generalization", more=tuple(facts(row, score)))
                for one, row in zip(found, rows, strict=True)
            ]
            cells = cells if prefix else mark_best(cells, possible_ranks(rows, score))
            is_success = score == "success"
            title, note = f"{prefix}{score}", notes.get(score, "")
            yield (
                counted(title, cells, note)
                if is_success
                else Column(title=title, note=note, cells=tuple(_without_n(cell) for cell in cells))
            )


def _without_n(cell: Cell) -> Cell:
    return replace(cell, n=None)


def _facts(board: Leaderboard, row: Row, score: ScoreName) -> Iterator[str]:
    place = row.places.get(score)
    if place is not None:
        low, high = place.interval or (place.rank, place.rank)
        span = "" if place.interval is None else f" ({low}–{high})" if low < high else f" ({low})"
        yield f"#{place.rank}{span}" + f" {place.group}" * bool(place.group)
    if score == "diversity" and row.modes:
        found = number(row.modes.found, digits=0 if row.modes.found == int(row.modes.found) else 1)
        yield f"{found}/{row.modes.total} modes" + f" {ONE_WAY}" * bool(row.modes.one_way)


def _of_suite(suite: str, row: Row) -> Means:
    return row.suite_means.get(suite, Means())


def _shifts(rows: Sequence[Row]) -> list[Column]:
    found = [row.mean.under_shifts for row in rows]
    if not any(found):
        return []
    cells = [
        _without_n(estimate_cell(one, more=[_tasks(row.mean.num_shifted_tasks)] if one else []))
        for one, row in zip(found, rows, strict=True)
    ]
    return [Column(title="under shifts", note="shift / test", cells=tuple(cells))]


def _cost(rows: Sequence[Row]) -> Column:
    cells = [Cell(text=step_text(row.policy_step_s), key=row.policy_step_s) for row in rows]
    return Column(title="policy a step", is_least_first=True, cells=tuple(cells))


def _verification(rows: Sequence[Row]) -> Column:
    cells = [
        Cell(
            text=SIGNS[row.evidence.rung],
            more=(
                row.evidence.level,
                *[f"{row.evidence.num_replayed} played again"] * bool(row.evidence.num_replayed),
            ),
            key=str(RUNGS.index(row.evidence.rung)),
        )
        for row in rows
    ]
    return Column(title="verification", is_text=True, cells=tuple(cells))
