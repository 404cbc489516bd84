"""Tables that fit: chosen columns, decimals, short names, and pieces that have room on a page.

Pure functions of a `Table`. What has how much room is the business of who asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ilbench.column_blocks import blocks
from ilbench.errors import UnknownNameError
from ilbench.leaderboard.tables import Cell, Column, Table, number

SUBMISSION = "submission"

Measure: TypeAlias = Callable[[Column], float]
"""How wide a column is."""


def num_kept(table: Table) -> int:
    """Returns how many leading columns say whose a row is: up to that of the names."""
    titles = [column.title for column in table.columns]
    return titles.index(SUBMISSION) + 1 if SUBMISSION in titles else min(1, len(titles))


def shown_columns(table: Table) -> Table:
    """Returns the table without the columns that are optional and those without any entry."""
    kept = [c for c in table.columns if not c.is_optional and any(cell.key is not None for cell in c.cells)]
    return replace(table, columns=tuple(kept))


def chosen_columns(tables: Sequence[Table], names: Collection[str]) -> tuple[Table, ...]:
    """Returns the tables with only these columns beside the submissions; those that have none are left out.

    Args:
        tables: The tables.
        names: Titles of columns, be these optional or not.

    Raises:
        UnknownNameError: No table has a column of that title.
    """
    found = {column.title for table in tables for column in table.columns}
    for name in names:
        if name not in found:
            raise UnknownNameError("column", name, sorted(found))
    chosen = [
        replace(
            table,
            columns=tuple(
                replace(c, is_optional=False)
                for c in table.columns
                if c.title in names or c.title == SUBMISSION
            ),
        )
        for table in tables
    ]
    return tuple(table for table in chosen if {c.title for c in table.columns} & set(names))


def with_decimals(table: Table, digits: int) -> Table:
    """Returns the table with every estimate and every other number with so many decimals; counts stay."""
    columns = (
        replace(column, cells=tuple(_with_decimals(cell, digits) for cell in column.cells))
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))


def _with_decimals(cell: Cell, digits: int) -> Cell:
    found, signed = cell.estimate, cell.is_signed
    if found is not None:
        value, low, high = (
            number(x, signed=signed, digits=digits) for x in (found.value, found.low, found.high)
        )
        return replace(cell, text=value, interval=f"[{low}, {high}]")
    if isinstance(cell.key, float) and cell.text == number(cell.key):
        return replace(cell, text=number(cell.key, digits=digits))
    return cell


def short_names(ids: Sequence[str]) -> Mapping[str, str]:
    """Returns a name for each task id, as short as it is unlike the others: without suite and version.

    >>> dict(short_names(["a/push-v1", "a/lift-v1", "b/lift-v2"]))
    {'a/push-v1': 'push', 'a/lift-v1': 'a/lift', 'b/lift-v2': 'b/lift'}
    """
    candidates = {name: _candidates(name) for name in ids}
    counts = Counter(one for several in candidates.values() for one in set(several))
    return {name: next(one for one in several if counts[one] == 1) for name, several in candidates.items()}


def _candidates(name: str) -> tuple[str, str, str, str]:
    """Returns what a task may be called, the shortest first."""
    task, versionless = name.rpartition("/")[2], re.sub(r"-v\d+$", "", name)
    return versionless.rpartition("/")[2], versionless, task, name


def renamed(table: Table, names: Mapping[str, str]) -> Table:
    """Returns the table with columns of a task called by its short name, and shifts without their prefix."""
    columns = (
        replace(c, title=re.sub(r"(^|\s)shift/", r"\1", names.get(c.title, c.title))) for c in table.columns
    )
    return replace(table, columns=tuple(columns))


def split_columns(table: Table, room: float, width: Measure, gutter: float) -> tuple[Table, ...]:
    """Returns the table in pieces no wider than `room`, each with the columns that say whose a row is.

    A column that has no room beside those has a piece of its own, which is wider.
    """
    widths = [width(column) for column in table.columns]
    return tuple(
        replace(table, columns=tuple(table.columns[i] for i in block))
        for block in blocks(widths, room, kept=num_kept(table), gutter=gutter)
    )


def split_rows(table: Table, num_rows: int) -> tuple[Table, ...]:
    """Returns the table in pieces of at most so many rows."""
    total = len(table.columns[0].cells) if table.columns else 0
    return tuple(
        replace(
            table, columns=tuple(replace(c, cells=c.cells[start : start + num_rows]) for c in table.columns)
        )
        for start in range(0, max(total, 1), num_rows)
    )


def transposed(table: Table) -> Table:
    """Returns the table with a column a submission, and a row for what was a column: its title, its note."""
    kept = num_kept(table)
    names = table.columns[kept - 1]
    rows = [*table.columns[: kept - 1], *table.columns[kept:]]
    heads = tuple(Cell(text=column.title, interval=column.note, key=column.title) for column in rows)
    columns = [Column(title="", is_text=True, cells=heads)]
    for index, name in enumerate(names.cells):
        columns.append(Column(title=name.text, cells=tuple(column.cells[index] for column in rows)))
    return replace(table, columns=tuple(columns))
