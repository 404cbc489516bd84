"""The leaderboard as LaTeX: tables for a paper, with booktabs, that fit a column or a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ilbench.leaderboard.aggregate_table import detail_tables
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.first_table import summary_tables
from ilbench.leaderboard.fitting import (
    SUBMISSION,
    chosen_columns,
    renamed,
    short_names,
    shown_columns,
    split_columns,
    split_rows,
    transposed,
    with_decimals,
)
from ilbench.leaderboard.headings import break_title
from ilbench.leaderboard.latex_caption import caption
from ilbench.leaderboard.latex_text import DEFINITION, escape_latex
from ilbench.leaderboard.latex_width import broken, text_points
from ilbench.leaderboard.notes import notes
from ilbench.leaderboard.sayings_table import sayings_lines
from ilbench.leaderboard.tables import Cell, Column, Table

Width: TypeAlias = Literal["column", "page"]

ROOM: dict[Width, float] = {"column": 200.0, "page": 397.0}
"""Points: of a column of LaTeX's own two-column article, and of a page of NeurIPS; the narrowest in use."""
HEIGHT = 430.0
"""Points of all rows of a float, below its caption."""
GUTTER = 6.0
_LINE, _RULED = 9.5, 18.0
_SHARE = 0.3
"""Of the room, that a text such as a name may take; it goes on in a further line."""
_PREAMBLE = (
    "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc} (or LuaLaTeX).\n"
    "\\providecommand{\\ilbenchtext}{\\fontsize{8}{9.5}\\selectfont}\n"
    "\\providecommand{\\ilbenchsmall}[1]{{\\fontsize{7}{8.5}\\selectfont #1}}\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Where a table goes."""

    name: Width
    room: float

    @property
    def text_room(self) -> float:
        """Points that a text of a cell may take in a line."""
        return self.room * _SHARE


def to_latex(
    board: Leaderboard,
    *,
    width: Width | None = None,
    columns: Sequence[str] = (),
    decimals: int = 2,
) -> str:
    """Returns floats: the three scores, success a task, then all scores of each task, each with a label.

    Args:
        board: The leaderboard.
        width: Whether tables fit a column or a page; by default a column each that fits one as it is.
        columns: Titles of the columns to show, of all tables; by default those that are not optional. Tasks
            are called as in the headings, without suite and version where that is unique.
        decimals: Of every number but counts.

    Raises:
        UnknownNameError: There is no column of a title.
    """
    names = short_names([task.id for task in board.tasks])
    found = [renamed(table, names) for table in (*summary_tables(board), *detail_tables(board))]
    chosen = chosen_columns(found, columns) if columns else found
    shown = [with_decimals(shown_columns(table), decimals) for table in chosen]
    floats = [float_text for table in shown for float_text in _floats(board, table, width)]
    return _PREAMBLE + DEFINITION + "\n".join(floats) + _footnotes(board)


def _footnotes(board: Leaderboard) -> str:
    """Returns how each number is made and who says what of itself, as a comment: for a paper to take from."""
    lines = (*notes(board), *(f"{label}: {said}." for label, said in sayings_lines(board.rows)))
    return "\n" + "".join(f"% {escape_latex(line)}\n" for line in lines)


def _floats(board: Leaderboard, table: Table, width: Width | None) -> Iterator[str]:
    """Yields a table's floats: one, or as many as its height needs, the later ones called continued."""
    page = _page(table, width)
    pieces = _fitted(table, page)
    label = "tab:ilbench-" + "-".join(re.findall("[a-z0-9]+", table.title.lower()))
    text = caption(board, table)
    for number, group in enumerate(_stacked(pieces, page), start=1):
        name = label if number == 1 else f"{label}-{number}"
        begins = text if number == 1 else f"{table.title.rstrip('.')}, continued."
        yield _float(group, page, begins, name)


def _page(table: Table, width: Width | None) -> _Page:
    if width is None:
        column = _Page(name="column", room=ROOM["column"])
        width = "column" if _points(table, column) <= column.room else "page"
    return _Page(name=width, room=ROOM[width])


def _fitted(table: Table, page: _Page) -> tuple[Table, ...]:
    """Returns a table in pieces that have room: whole, split or transposed, whichever is least high."""
    ways = [_split(table, page)]
    if len(ways[0]) > 1 and any(column.title == SUBMISSION for column in table.columns):
        ways.append(_split(transposed(table), page))
    return min(ways, key=lambda pieces: sum(_height(piece, page) for piece in pieces))


def _split(table: Table, page: _Page) -> tuple[Table, ...]:
    found = split_columns(table, page.room, lambda column: _column_points(column, page), GUTTER)
    return tuple(part for piece in found for part in split_rows(piece, _num_rows(piece, page)))


def _num_rows(table: Table, page: _Page) -> int:
    """Returns how many rows of a table a float holds."""
    rows = max((max(map(len, cells)) for cells in _rows(table, page)), default=1)
    heading = _RULED + _LINE * _heading_height(table, page)
    return max(1, int((HEIGHT - heading) / (rows * _LINE + _LINE / 3)))


def _stacked(pieces: Sequence[Table], page: _Page) -> Iterator[list[Table]]:
    """Yields the pieces that one float holds, one below the other."""
    group: list[Table] = []
    for piece in pieces:
        if group and sum(_height(one, page) for one in [*group, piece]) > HEIGHT:
            yield group
            group = []
        group.append(piece)
    yield group


def _height(table: Table, page: _Page) -> float:
    rows = sum(max(map(len, lines)) * _LINE + _LINE / 3 for lines in _rows(table, page))
    return _RULED + _LINE * _heading_height(table, page) + rows


def _heading_height(table: Table, page: _Page) -> int:
    return max(len(_heading(column, page)) for column in table.columns)


def _points(table: Table, page: _Page) -> float:
    return sum(_column_points(column, page) + GUTTER for column in table.columns) - GUTTER


def _column_points(column: Column, page: _Page) -> float:
    lines = [*_heading(column, page), *(line for cell in column.cells for line in _cell(cell, page))]
    return max(line.points for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of a cell, before it is typeset."""

    text: str
    is_small: bool = False
    is_bold: bool = False
    is_number: bool = False

    @property
    def points(self) -> float:
        # A minus sign is as wide as a plus.
        text = self.text.replace("-", "+") if self.is_number else self.text
        return text_points(text, is_small=self.is_small, is_bold=self.is_bold)

    def __str__(self) -> str:
        typeset = escape_latex(self.text)
        typeset = typeset.replace("-", "$-$") if self.is_number else typeset
        typeset = f"\\textbf{{{typeset}}}" if self.is_bold else typeset
        return f"\\ilbenchsmall{{{typeset}}}" if self.is_small else typeset


def _heading(column: Column, page: _Page) -> list[_Line]:
    titles = [line for part in break_title(column.title) for line in broken(part, page.text_room)]
    small = [line for part in column.note.split(", ") if part for line in broken(part, page.text_room)]
    return [_Line(text=line) for line in titles] + [_Line(text=line, is_small=True) for line in small]


def _cell(cell: Cell, page: _Page) -> list[_Line]:
    """Returns the lines of a cell; a long text, such as a reason, is broken."""
    is_number = bool(cell.interval) and cell.estimate is not None
    lines = [
        _Line(text=line, is_bold=cell.is_best, is_number=is_number)
        for line in broken(cell.text, page.text_room)
    ]
    beside = [part for part in cell.interval.split(", ") if part] if not is_number else [cell.interval]
    if beside:
        lines += [_Line(text=part, is_small=True, is_number=is_number) for part in beside]
    facts = [f"n = {cell.n}"] * (cell.n is not None) + list(cell.more)
    small = [line for fact in facts for line in broken(fact, page.text_room)]
    return lines + [_Line(text=line, is_small=True) for line in small]


def _rows(table: Table, page: _Page) -> list[list[list[_Line]]]:
    return [[_cell(cell, page) for cell in cells] for cells in table.lines]


def _float(tables: Sequence[Table], page: _Page, text: str, label: str) -> str:
    environment = "table" if page.name == "column" else "table*"
    bodies = ["\\par\\medskip\n".join(_tabular(table, page) for table in tables)]
    lines = [
        f"\\begin{{{environment}}}",
        "\\sloppy\\centering",
        f"\\caption{{{_breakable(text)}}}",
        f"\\label{{{label}}}",
        "\\ilbenchtext",
        "\\setlength{\\tabcolsep}{3pt}",
        *bodies,
        f"\\end{{{environment}}}",
    ]
    return "\n".join(lines) + "\n"


def _breakable(text: str) -> str:
    """Returns text that may be broken after a slash, as ids of tasks must be in a narrow column."""
    return escape_latex(text).replace("/", "/\\allowbreak{}")


def _tabular(table: Table, page: _Page) -> str:
    heads = [_heading(column, page) for column in table.columns]
    aligned = "".join("l" if column.is_text else "c" for column in table.columns)
    lines = [
        f"\\begin{{tabular}}{{@{{}}{aligned}@{{}}}}",
        "\\toprule",
        *_lines(heads, is_at_bottom=True),
        "\\midrule",
    ]
    for number, cells in enumerate(_rows(table, page)):
        lines += ["\\addlinespace"] * bool(number) + _lines(cells)
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"])


def _lines(cells: Sequence[Sequence[_Line]], *, is_at_bottom: bool = False) -> list[str]:
    """Returns table lines that hold cells of several lines, aligned at the top or the bottom."""
    height = max(map(len, cells))
    blank = [[""] * (height - len(lines)) for lines in cells]
    texts = [list(map(str, lines)) for lines in cells]
    padded = [[*b, *c] if is_at_bottom else [*c, *b] for b, c in zip(blank, texts, strict=True)]
    return [" & ".join(line) + " \\\\" for line in zip(*padded, strict=True)]
