"""The leaderboard as Markdown, in tables that GitHub renders."""

from __future__ import annotations

from ilbench.leaderboard.aggregate_table import detail_tables
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.escape import escape_markdown, escape_paragraph
from ilbench.leaderboard.first_table import summary_tables, title
from ilbench.leaderboard.notes import notes
from ilbench.leaderboard.sayings_table import sayings_tables
from ilbench.leaderboard.tables import Column, Table


def to_markdown(board: Leaderboard) -> str:
    """Returns the board as Markdown: the three scores, success by task, what each says of itself, notes."""
    parts = [f"# {escape_markdown(title(board))}"]
    tables = (*summary_tables(board), *sayings_tables(board), *detail_tables(board))
    parts += [table_text(table) for table in tables]
    parts.append("\n".join(f"- {escape_paragraph(note)}" for note in notes(board)))
    return "\n\n".join(parts) + "\n"


def table_text(table: Table) -> str:
    """Returns a table as Markdown, below its heading."""
    lines = [
        f"## {escape_markdown(table.title)}",
        "",
        *([escape_paragraph(table.subtitle), ""] if table.subtitle else []),
        _line([_heading(column) for column in table.columns]),
        _line([":--" if column.is_text else "--:" for column in table.columns]),
        *(_line([escape_markdown(str(cell)) for cell in line]) for line in table.lines),
        *(["", escape_paragraph(table.footnote)] if table.footnote else []),
    ]
    return "\n".join(lines)


def _heading(column: Column) -> str:
    note = f"<br>{escape_markdown(column.note)}" if column.note else ""
    return escape_markdown(column.title) + note


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
