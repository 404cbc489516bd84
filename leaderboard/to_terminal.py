"""The leaderboard for a terminal: tables that are split to fit its width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.table import Table as RichTable

from ilbench.leaderboard.aggregate_table import aggregate_table
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.first_table import conditions, summary_tables, title
from ilbench.leaderboard.headings import break_title
from ilbench.leaderboard.notes import notes
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.sayings_table import sayings_lines, sayings_tables
from ilbench.leaderboard.tables import (
    Cell,
    Column,
    Table,
    board_columns,
    count_text,
    different_text,
    episodes_text,
    task_table,
)
from ilbench.plain_console import styled
from ilbench.scores.measure import Column as Place
from ilbench.scores.measure import Measure

_NAME_WIDTH = 14
_TITLE_WIDTH = 10
_GUTTER = 2
_WIDE = 120
_KEPT = ("#", "group", "submission")
_LEFT_OUT = ("kind", "training seeds", "not ranked because")


@dataclass(frozen=True, slots=True)
class _View:
    """What a rich console prints, laid out for its width."""

    board: Leaderboard
    width: int | None
    details: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        board, width = self.board, self.width or options.max_width
        yield styled(title(board), "bold")
        yield styled(conditions(board), "dim")
        for table in summary_tables(board):
            yield from _summary(table, width)
        yield from _reasons(board.unranked)
        yield from _sayings(board, width)
        if self.details:
            aggregates = aggregate_table(board)
            if aggregates is not None:
                yield _stacked(aggregates)
                if aggregates.footnote:
                    yield styled(aggregates.footnote, "dim")
            shown = board_columns()
            for task in board.tasks:
                yield from _details(board, task, shown, width)
            yield from (styled(f"· {note}", "dim") for note in notes(board))


def terminal_view(board: Leaderboard, *, width: int | None = None, details: bool = True) -> ConsoleRenderable:
    """Returns something that a rich console prints: success by task, then each task's scores, then notes.

    Args:
        board: The leaderboard.
        width: Characters a line, by default the console's; more tasks than fit go on in a further table.
        details: Whether to show each task's scores and the notes.
    """
    return _View(board, width, details)


def _summary(table: Table, width: int) -> Iterator[ConsoleRenderable]:
    """Yields a table of one line a row, in further tables with the same names where there is no room."""
    seeds = next((c for c in table.columns if c.title == "training seeds"), None)
    kept = [_named(c, seeds) if c.title == "submission" else c for c in table.columns if c.title in _KEPT]
    rest = [c for c in table.columns if c.title not in _KEPT + _LEFT_OUT]
    chunks = list(_chunks(rest, width - sum(map(_width, kept))))
    for index, chunk in enumerate(chunks):
        place = f" ({index + 1} of {len(chunks)})" if len(chunks) > 1 else ""
        yield _stacked(Table(title=f"{table.title}{place}", columns=(*kept, *chunk)))


def _named(names: Column, seeds: Column | None) -> Column:
    """Returns the names over how many training seeds each has, and whose its intervals are."""
    below = [cell.text for cell in seeds.cells] if seeds else [""] * len(names.cells)
    cells = [
        replace(cell, more=tuple(text.split(": "))) for cell, text in zip(names.cells, below, strict=True)
    ]
    return replace(names, cells=tuple(cells))


def _chunks(columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    chunk: list[Column] = []
    for column in columns:
        if chunk and sum(map(_width, [*chunk, column])) > width:
            yield chunk
            chunk = []
        chunk.append(column)
    yield chunk


def _width(column: Column) -> int:
    """Returns the characters a column takes with the gutter after it."""
    texts = [_heading(column), *map(_stack, column.cells)]
    longest = max(cell_len(line) for text in texts for line in text.split("\n"))
    return _GUTTER + (min(longest, _NAME_WIDTH) if column.title == "submission" else longest)


def _heading(column: Column) -> str:
    parts = [column.title, *column.note.split(", ")]
    return "\n".join(line for part in parts if part for line in break_title(part, _TITLE_WIDTH))


def _stack(cell: Cell) -> str:
    """Returns the cell in lines; the interval without brackets, so that six tasks fit 100 characters."""
    interval = cell.interval.strip("[]").replace(", ", "–")
    lines = [cell.text, interval, f"n = {cell.n}" * (cell.n is not None), *cell.more]
    return "\n".join(line for line in lines if line)


def _stacked(table: Table) -> RichTable:
    grid = _grid(table.title)
    for column in table.columns:
        is_name = column.title == "submission"
        grid.add_column(
            styled(_heading(column)),
            justify="left" if column.is_text else "right",
            overflow="fold",
            max_width=_NAME_WIDTH if is_name else None,
        )
    for cells in table.lines:
        grid.add_row(*(styled(_stack(cell)) for cell in cells))
    return grid


def _details(
    board: Leaderboard, task: BoardTask, shown: Sequence[tuple[Measure, Place]], width: int
) -> Iterator[RichTable]:
    """Yields one line a row, in further tables where there is no room; the page and the files hold more."""
    columns = {column.title: column for column in task_table(board, task, shown).columns}
    rows = [row for row in board.rows if task.id in row.scores]
    estimates = [split.success if (split := row.split(task.id)) else None for row in rows]
    found = {"n": [episodes_text(one, 1)[0] if one else "0" for one in estimates]}
    different = [" ".join(different_text(one)) if one else "" for one in estimates]
    found |= {"of them": different} if any(different) else {}
    found |= {title: [_line(cell) for cell in columns[title].cells] for title in ("success", "gap")}
    found["return"] = [cell.text for cell in columns["normalized return"].cells]
    if task.num_modes > 1:
        found["behavior entropy"] = [_line(cell) for cell in columns["behavior entropy"].cells]
        found["modes"] = [_modes(row, task) for row in rows]
    names = [cell.text for cell in columns["submission"].cells]
    longest = min(_NAME_WIDTH + 6, max(map(cell_len, ["submission", *names])))
    numbers = [
        Column(title=title, cells=tuple(Cell(text=text) for text in texts)) for title, texts in found.items()
    ]
    for chunk in _chunks(numbers, width - longest - _GUTTER):
        grid = _grid(task.id)
        grid.add_column("submission", overflow="fold", min_width=longest, max_width=longest)
        for column in chunk:
            grid.add_column(column.title, justify="right", no_wrap=True)
        for name, *cells in zip(names, *(column.cells for column in chunk), strict=True):
            grid.add_row(styled(name), *(styled(cell.text) for cell in cells))
        yield grid


def _modes(row: Row, task: BoardTask) -> str:
    split = row.split(task.id)
    if split is None or split.diversity is None:
        return ""
    return count_text(split.diversity.num_modes_found, split.diversity.num_modes).replace(" ", "")


def _line(cell: Cell) -> str:
    return f"{cell.text} {cell.interval}".strip()


def _grid(title: str) -> RichTable:
    return RichTable(
        show_edge=False,
        title=styled(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _sayings(board: Leaderboard, width: int) -> Iterator[ConsoleRenderable]:
    """Yields what submissions say of themselves: in columns where there is room, else a line each."""
    if width >= _WIDE:
        yield from map(_stacked, sayings_tables(board))
    else:
        yield from (styled(f"{label}: {said}", "dim") for label, said in sayings_lines(board.rows))


def _reasons(rows: Sequence[Row]) -> list[ConsoleRenderable]:
    """Returns why rows are not ranked, once for all rows that share the reason."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row.unranked_reason or "", []).append(row.label)
    return [styled(f"Not ranked: {', '.join(names)}: {reason}.") for reason, names in by_reason.items()]
