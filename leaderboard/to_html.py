"""The leaderboard as one HTML file that needs nothing else: tables that sort, and the two figures."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from importlib.resources import files
from string import Template

from ilbench.leaderboard.aggregate_table import detail_tables
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.drawing import figure_bytes
from ilbench.leaderboard.escape import escape_html
from ilbench.leaderboard.figures import load_figures
from ilbench.leaderboard.first_table import summary_tables, title
from ilbench.leaderboard.notes import notes
from ilbench.leaderboard.sayings_table import sayings_tables
from ilbench.leaderboard.tables import Cell, Column, Table
from ilbench.scores import Estimate


def to_html(board: Leaderboard) -> str:
    """Returns the page: ranked rows, unranked rows, figures, a table a task, notes."""
    page = Template(files("ilbench.leaderboard").joinpath("page.html").read_text(encoding="utf-8"))
    return page.substitute(
        protocols=escape_html(" and ".join(board.protocols)),
        title=escape_html(title(board)),
        counts=f"{len(board.rows)} submissions on {len(board.tasks)} tasks",
        summaries="\n".join(map(_section, (*summary_tables(board), *sayings_tables(board)))),
        figures="\n".join(_figures(board)),
        tasks="\n".join(_section(table) for table in detail_tables(board)),
        notes="\n".join(f"<li>{escape_html(note)}</li>" for note in notes(board)),
    )


def _figures(board: Leaderboard) -> Iterator[str]:
    for figure in load_figures().values():
        drawn = figure.of(board) if figure.is_on_page else None
        if drawn is not None:
            yield _figure(figure_bytes(drawn, "svg"), figure.caption)
        elif figure.absence:
            yield f"<p>{escape_html(figure.absence)}</p>"


def _figure(svg: bytes, caption: str) -> str:
    data = base64.b64encode(svg).decode()
    text = escape_html(caption)
    image = f'<img alt="{text}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure>{image}<figcaption>{text}</figcaption></figure>"


def _section(table: Table) -> str:
    subtitle = f"<p>{escape_html(table.subtitle)}</p>" if table.subtitle else ""
    heads = "".join(_heading(column) for column in table.columns)
    body = "\n".join(f"<tr>{_row(table.columns, cells)}</tr>" for cells in table.lines)
    name = escape_html(table.title)
    footnote = f"<p>{escape_html(table.footnote)}</p>" if table.footnote else ""
    return (
        f"<section><h2>{name}</h2>{subtitle}\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>{footnote}</section>"
    )


def _heading(column: Column) -> str:
    note = f"<small>{escape_html(column.note)}</small>" if column.note else ""
    name = escape_html(column.title).replace("/", "/<wbr>")
    button = f'<button type="button"><span>{name}</span>{note}</button>'
    return f'<th scope="col"{_class(column)}{" data-least" * column.is_least_first}>{button}</th>'


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    return "".join(_cell(column, cell) for column, cell in zip(columns, cells, strict=True))


def _cell(column: Column, cell: Cell) -> str:
    key = "" if cell.key is None else f' data-key="{escape_html(_key(cell.key))}"'
    details = " ".join(text for text in (cell.interval, f"n = {cell.n}" * (cell.n is not None)) if text)
    small = "".join(f"<small>{escape_html(text)}</small>" for text in (details, *cell.more) if text)
    content = _text(cell) + small + _strip(cell.rate)
    if column.title == "submission":
        return f'<th scope="row"{_class(column)}{key}>{content}</th>'
    return f"<td{_class(column)}{key}>{content}</td>"


def _text(cell: Cell) -> str:
    text = escape_html(cell.text)
    if cell.address is None:
        return text
    return f'<a href="{escape_html(cell.address)}" rel="nofollow noopener noreferrer">{text}</a>'


def _class(column: Column) -> str:
    name = " name" if column.title == "submission" else ""
    return f' class="text{name}"' if column.is_text else ""


def _key(key: float | str) -> str:
    return key if isinstance(key, str) else f"{key:.6f}"


def _strip(rate: Estimate | None) -> str:
    """Returns the interval drawn on a line from 0 to 1."""
    if rate is None:
        return ""
    low, high, value = (f"{100 * number:.1f}%" for number in (rate.low, rate.high, rate.value))
    return f'<i class="strip" style="--low:{low};--high:{high};--value:{value}" aria-hidden="true"></i>'
