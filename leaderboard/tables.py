"""Tables: what every format shows, as plain text and numbers, before any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.row import Row, ScoreName
from ilbench.scores import Estimate, Measure, load_measures
from ilbench.scores.generalization.gaps import TRAIN
from ilbench.scores.measure import Column as Place
from ilbench.scores.measures import GAP, SUCCESS

MISSING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One entry.

    Attributes:
        text: What it says; may come from a submission, so every format escapes it, as all texts of a table.
        interval: The interval's text, empty without one.
        n: How many episodes, such as ``60×18×3`` (contexts × repeats × training seeds), where the column does
            not say it for all.
        per_seed: How many of them each training seed has; empty where they differ.
        num_seeds: Training seeds that these episodes are shared among.
        more: Further facts, such as the rank, a few words each.
        key: What it sorts by; None sorts last, whatever the direction.
        rate: The estimate, where it is a share that can be drawn on a line from 0 to 1.
        estimate: What text and interval were written of, where they were; a file may want other decimals.
        is_signed: Whether its numbers have a sign before them, be they positive or not.
        is_best: It was not told apart from the best of its column, while others were.
        address: Of the web, where the text leads to one: from `ilbench.leaderboard.sayings.web_address`.
    """

    text: str = MISSING
    interval: str = ""
    n: str | None = None
    per_seed: str = ""
    num_seeds: int = 1
    more: tuple[str, ...] = ()
    key: float | str | None = None
    rate: Estimate | None = None
    estimate: Estimate | None = None
    is_signed: bool = False
    is_best: bool = False
    address: str | None = None

    def __str__(self) -> str:
        number = " ".join(
            part for part in (self.text, self.interval, f"(n = {self.n})" * (self.n is not None)) if part
        )
        return ", ".join([number, *self.more])


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column with its cells.

    Attributes:
        title: Heading.
        note: Second line of the heading, such as the number of episodes where all cells share it.
        is_text: Aligned left, sorted by text.
        is_optional: Left out where there is no room for it, as in a paper.
        is_least_first: Sorted from the least on, such as a rank or a time.
        cells: One a row.
    """

    title: str
    note: str = ""
    is_text: bool = False
    is_optional: bool = False
    is_least_first: bool = False
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled table.

    Attributes:
        title: Heading.
        subtitle: A sentence, may be empty.
        footnote: A sentence for below it, may be empty.
        columns: Its columns, all of one length.
    """

    title: str
    subtitle: str = ""
    footnote: str = ""
    columns: tuple[Column, ...]

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells by row."""
        return tuple(zip(*(column.cells for column in self.columns), strict=True))


def number(value: float, *, signed: bool = False, digits: int = 2) -> str:
    """Returns a number with a fixed number of digits, zero never with a minus."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}" if signed else f"{rounded:.{digits}f}"


def estimate_cell(
    estimate: Estimate | None,
    *,
    num_seeds: int = 1,
    signed: bool = False,
    is_rate: bool = False,
    more: Sequence[str] = (),
) -> Cell:
    """Returns a cell with value, interval and n; `MISSING` for None."""
    if estimate is None:
        return Cell(more=tuple(more))
    whole, per_seed = episodes_text(estimate, num_seeds)
    return Cell(
        text=number(estimate.value, signed=signed),
        interval=f"[{number(estimate.low, signed=signed)}, {number(estimate.high, signed=signed)}]",
        n=whole,
        per_seed=per_seed,
        num_seeds=num_seeds,
        more=(*different_text(estimate), *more),
        key=estimate.value,
        rate=estimate if is_rate else None,
        estimate=estimate,
        is_signed=signed,
    )


def episodes_text(estimate: Estimate, num_seeds: int) -> tuple[str, str]:
    """Returns how many episodes there were, and how many of them each training seed has.

    Contexts × repeats × training seeds, where that is what there was; else their number. The second is empty
    where training seeds have different numbers.
    """
    design = estimate.design
    if design and design.contexts * design.repeats * design.training_seeds == estimate.n:
        return str(design), f"{design.contexts}×{design.repeats}"
    share, rest = divmod(estimate.n, num_seeds)
    return str(estimate.n), "" if rest else str(share)


def different_text(estimate: Estimate) -> tuple[str, ...]:
    """Returns how many different episodes there were, where they are fewer than all."""
    design = estimate.design
    return (f"{design.distinct} different",) if design and design.distinct < estimate.n else ()


def summary_table(board: Leaderboard, rows: Sequence[Row], title: str) -> Table:
    """Returns one line a row: rank, name, mean success and success on each task's held-out contexts."""
    columns = [*_identity(rows), *_means(board, rows)]
    for task in board.tasks:
        columns.append(measure_column(task.id, SUCCESS, rows, task.id, HEADLINE))
    return Table(title=title, subtitle="Success rate on held-out contexts.", columns=tuple(columns))


def task_table(board: Leaderboard, task: BoardTask, shown: Sequence[tuple[Measure, Place]]) -> Table:
    """Returns the measures of one task that stand on the leaderboard, from `board_columns`."""
    rows = [row for row in board.rows if task.id in row.scores]
    columns = [
        Column(title="submission", is_text=True, cells=tuple(_name(row, board) for row in rows)),
        Column(title="training seeds", is_optional=True, cells=tuple(_seeds(row, task.id) for row in rows)),
    ]
    for measure, place in shown:
        splits = [split for row in rows if (split := row.split(task.id, place.split))]
        is_shown = place.is_shown is None or place.is_shown(splits)
        if is_shown and (task.num_modes > 1 or not measure.needs_modes):
            title = place.heading or measure.title
            column = measure_column(title, measure, rows, task.id, place.split)
            columns.append(replace(column, is_optional=place.is_optional))
    return Table(title=task.id, subtitle=task.summary, columns=tuple(columns))


def board_columns() -> list[tuple[Measure, Place]]:
    """Returns the measures that stand in a task's table, each with its place, in their order."""
    found = [(measure, place) for measure in load_measures() for place in measure.in_board]
    return sorted(found, key=lambda one: one[1].place)


def shift_table(board: Leaderboard, task: BoardTask) -> Table:
    """Returns success on each shift of a task, then the gap to each; no lines without shifts."""
    rows = [row for row in board.rows if task.id in row.scores and _shifts([row], task.id)]
    shifts = _shifts(rows, task.id)
    columns = [Column(title="submission", is_text=True, cells=tuple(_name(row, board) for row in rows))]
    columns += [measure_column(split, SUCCESS, rows, task.id, split) for split in shifts]
    gaps = (measure_column(f"gap, {split}", GAP, rows, task.id, split) for split in shifts)
    columns += [replace(column, is_optional=True) for column in gaps]
    subtitle = "Success rate under shift, then the gap from train to it."
    return Table(title=f"{task.id}, shifts", subtitle=subtitle, columns=tuple(columns))


def measure_column(title: str, measure: Measure, rows: Sequence[Row], task: str, split: str) -> Column:
    """Returns one measure of every row on a split of a task."""
    cells = [_cell(measure, row, task, split) for row in rows]
    return counted(title, cells) if measure.is_estimate else Column(title=title, cells=tuple(cells))


def task_tables(board: Leaderboard) -> tuple[Table, ...]:
    """Returns the tables of every task that has a score, its shifts after it."""
    shown = board_columns()
    tables = [t for task in board.tasks for t in (task_table(board, task, shown), shift_table(board, task))]
    return tuple(table for table in tables if table.columns[0].cells)


def count_text(found: float, total: float) -> str:
    """Returns a count of those there are, such as ``12 / 24``; means over training seeds may be no whole."""
    return f"{number(found, digits=0 if found == int(found) else 1)} / {total:g}"


def seeds_text(row: Row) -> str:
    """Returns how many training seeds a row has, and whose its intervals are: ``3 seeds: method``."""
    low, high = row.training_seeds
    seeds = f"{low}" if low == high else f"{low}–{high}"
    whose = "method" if row.speaks_of == "method" else "this policy"
    return f"{seeds} seed{'s' * (high != 1)}: {whose}"


def name_column(rows: Sequence[Row]) -> Column:
    """Returns the label of each row, with what must be known beside it."""
    names = [Cell(text=row.label + " (reference)" * row.is_reference, key=row.name) for row in rows]
    return Column(title="submission", is_text=True, cells=tuple(names))


def reason_column(rows: Sequence[Row]) -> list[Column]:
    """Returns why each row is not ranked; no column where all are."""
    if not any(row.unranked_reason for row in rows):
        return []
    reasons = [Cell(text=row.unranked_reason or "", key=row.unranked_reason) for row in rows]
    return [Column(title="not ranked because", is_text=True, cells=tuple(reasons))]


def seeds_column(rows: Sequence[Row]) -> Column:
    """Returns how many training seeds each row has, and whom its intervals speak of."""
    cells = [Cell(text=seeds_text(row), key=float(row.training_seeds[1])) for row in rows]
    return Column(title="training seeds", is_text=True, is_optional=True, cells=tuple(cells))


def _name(row: Row, board: Leaderboard) -> Cell:
    """Returns the submission's name with what must be known beside it."""
    is_marked = row.unranked_reason is not None and board.ranked
    marks = ["reference"] * row.is_reference + ["unranked"] * bool(is_marked)
    suffix = f" ({', '.join(marks)})" if marks else ""
    return Cell(text=row.label + suffix, key=row.name)


def _rank(row: Row) -> Cell:
    if row.rank is None:
        return Cell()
    low, high = row.rank_interval or (row.rank, row.rank)
    return Cell(
        text=str(row.rank), interval=f"[{low}, {high}]" if row.rank_interval else "", key=float(row.rank)
    )


def _identity(rows: Sequence[Row]) -> list[Column]:
    kinds = [Cell(text=row.kind, key=row.kind) for row in rows]
    groups = [Cell(text=row.group, key=row.group) if row.group else Cell() for row in rows]
    columns = [
        name_column(rows),
        Column(title="kind", is_text=True, is_optional=True, cells=tuple(kinds)),
        seeds_column(rows),
    ]
    if any(row.rank for row in rows):
        columns.insert(0, Column(title="#", is_least_first=True, cells=tuple(map(_rank, rows))))
    if any(row.group for row in rows):
        columns.insert(1, Column(title="group", is_text=True, cells=tuple(groups)))
    columns[1:1] = reason_column(rows)
    return columns


def _means(board: Leaderboard, rows: Sequence[Row]) -> list[Column]:
    if len(board.tasks) == 1 or not any(row.mean_success for row in rows):
        return []
    overall = [estimate_cell(row.mean_success, num_seeds=row.training_seeds[1], is_rate=True) for row in rows]
    overall = mark_best(overall, possible_ranks(rows, "success"))
    return [counted("mean success", overall, f"{len(board.shared_tasks)} of {len(board.tasks)} tasks")]


def mark_best(cells: Sequence[Cell], ranks: Sequence[tuple[int, int] | None]) -> list[Cell]:
    """Returns the cells, those marked that may be the best, if any with a rank is shown not to be.

    Args:
        cells: One a row.
        ranks: The best and the worst rank that each may have; None where it has none.
    """
    is_shown = any(rank is not None and rank[0] > 1 for rank in ranks)
    return [
        replace(cell, is_best=is_shown and rank is not None and rank[0] == 1)
        for cell, rank in zip(cells, ranks, strict=True)
    ]


def possible_ranks(rows: Sequence[Row], score: ScoreName) -> list[tuple[int, int] | None]:
    """Returns the best and the worst rank that each row may have by a score; None where it has none."""
    places = [row.places.get(score) for row in rows]
    return [place.interval if place else None for place in places]


def counted(title: str, cells: Sequence[Cell], note: str = "") -> Column:
    """Returns a column that says n, a training seed, in its heading where all cells share it."""
    shares = {cell.per_seed for cell in cells if cell.n is not None}
    if len(shares) == 1 and (share := shares.pop()):
        several = any(cell.num_seeds > 1 for cell in cells)
        note = f"{note}, " * bool(note) + f"n = {share}" + ", per seed" * several
        cells = [replace(cell, n=None) for cell in cells]
    return Column(title=title, note=note, cells=tuple(cells))


def _num_seeds(row: Row, task: str) -> int:
    return max(split.num_training_seeds for split in row.scores[task].splits.values())


def _seeds(row: Row, task: str) -> Cell:
    number = _num_seeds(row, task)
    return Cell(text=str(number), key=float(number))


def _cell(measure: Measure, row: Row, task: str, split: str) -> Cell:
    scores, found = row.scores.get(task), row.split(task, split)
    value = measure.of(scores, found) if scores and found else None
    if value is None or scores is None or found is None:
        return Cell()
    if isinstance(value, Estimate):
        seeds = found.num_training_seeds if measure.counts_episodes else 1
        return estimate_cell(value, num_seeds=seeds, signed=measure.is_signed, is_rate=measure.is_share)
    if measure.unit == "count" and measure.beside is not None:
        total = measure.beside.number(scores, found)
        return Cell(text=MISSING if total is None else count_text(value, total), key=value)
    return Cell(text=number(value), key=value)


def _shifts(rows: Sequence[Row], task: str) -> list[str]:
    splits = dict.fromkeys(split for row in rows for split in row.scores[task].splits)
    return [split for split in splits if split not in (TRAIN, HEADLINE)]
