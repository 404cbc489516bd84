"""What submissions say of themselves, beside their scores: a table, or lines where there is no room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.sayings import SAYINGS, web_address
from ilbench.leaderboard.tables import MISSING, Cell, Column, Table, name_column

TITLE = "What submissions say of themselves"
SUBTITLE = "As their submission.toml has it; nobody vouches for it."


def sayings_tables(board: Leaderboard) -> Iterator[Table]:
    """Yields one table of the rows that say anything, a column for each thing said; none where none does."""
    rows = [row for row in board.rows if row.sayings]
    if rows:
        said = [name for name in SAYINGS if any(name in row.sayings for row in rows)]
        columns = [_column(name, rows) for name in said]
        yield Table(title=TITLE, subtitle=SUBTITLE, columns=(name_column(rows), *columns))


def sayings_lines(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yields the label of each row that says anything, and what it says."""
    for row in rows:
        if row.sayings:
            yield row.label, "; ".join(f"{SAYINGS[name]} {text}" for name, text in row.sayings.items())


def _column(name: str, rows: Sequence[Row]) -> Column:
    texts = [row.sayings.get(name, MISSING) for row in rows]
    cells = tuple(Cell(text=text, key=text, address=web_address(text)) for text in texts)
    return Column(title=SAYINGS[name], is_text=True, cells=cells)
