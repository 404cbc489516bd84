"""The leaderboard as LaTeX: two tables for a paper, with booktabs."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from ilbench.leaderboard.aggregate_table import detail_tables
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.headings import break_title
from ilbench.leaderboard.latex_text import DEFINITION, escape_latex
from ilbench.leaderboard.notes import notes
from ilbench.leaderboard.tables import Cell, Column, Table, summary_table

_TEXT_CHARACTERS = 24
_PREAMBLE = "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc} (or LuaLaTeX).\n"


def to_latex(board: Leaderboard) -> str:
    """Returns ``table*`` environments: success a task, then a table of all scores for each task."""
    tables = []
    if board.ranked:
        tables.append(summary_table(board, board.ranked, "Ranked submissions"))
    if board.unranked:
        tables.append(summary_table(board, board.unranked, "Unranked submissions"))
    footnotes = " ".join(notes(board))
    rendered = [_environment(table, footnotes if i == 0 else "") for i, table in enumerate(tables)]
    rendered += [_environment(table, "") for table in detail_tables(board)]
    return _PREAMBLE + DEFINITION + "\n".join(rendered)


def _environment(table: Table, footnotes: str) -> str:
    columns = [column for column in table.columns if _is_shown(column)]
    caption = f"{table.title}. {table.subtitle}".strip()
    lines = [
        "\\begin{table*}",
        "\\centering",
        f"\\caption{{{escape_latex(caption)}}}",
        "\\footnotesize",
        "\\setlength{\\tabcolsep}{3pt}",
        f"\\begin{{tabular}}{{{''.join(map(_align, columns))}}}",
        "\\toprule",
        *_stacked([_heading(column) for column in columns], is_at_bottom=True),
        "\\midrule",
        *_body(columns),
        "\\bottomrule",
        "\\end{tabular}",
        *([f"\\par\\smallskip\\parbox{{\\linewidth}}{_small(footnotes)}"] if footnotes else []),
        "\\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _align(column: Column) -> str:
    return "l" if column.is_text else "c"


def _is_shown(column: Column) -> bool:
    has_content = any(cell.key is not None for cell in column.cells)
    return has_content and not column.is_optional  # CSV and JSON hold those


def _heading(column: Column) -> list[str]:
    lines = [escape_latex(line) for line in break_title(column.title)]
    return lines + [_small(line) for line in column.note.split(", ") if line]


def _body(columns: Sequence[Column]) -> list[str]:
    lines: list[str] = []
    for cells in zip(*(column.cells for column in columns), strict=True):
        lines += ["\\addlinespace"] * bool(lines)
        lines += _stacked([_cell(cell) for cell in cells])
    return lines


def _cell(cell: Cell) -> list[str]:
    """Returns the lines of a cell; a long text, such as a reason, is broken."""
    lines = [escape_latex(line) for line in wrap(cell.text, _TEXT_CHARACTERS)] or [""]
    if cell.interval:
        lines = [line.replace("-", "$-$") for line in [*lines, _small(cell.interval)]]
    return lines if cell.n is None else [*lines, _small(f"n = {cell.n}")]


def _small(text: str) -> str:
    return f"{{\\scriptsize {escape_latex(text)}}}"


def _stacked(cells: Sequence[Sequence[str]], *, is_at_bottom: bool = False) -> list[str]:
    """Returns table lines that hold cells of several lines, aligned at the top or the bottom."""
    height = max(map(len, cells))
    blank = [[""] * (height - len(lines)) for lines in cells]
    padded = [[*b, *c] if is_at_bottom else [*c, *b] for b, c in zip(blank, cells, strict=True)]
    return [" & ".join(line) + " \\\\" for line in zip(*padded, strict=True)]
