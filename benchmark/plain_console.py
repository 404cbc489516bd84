"""A console on which text is text: what it prints is no markup unless it is said to be.

With a console of rich as it comes, a submission called ``[/red]`` ends the program, ``[link=…]`` leads
elsewhere and ``:smile:`` becomes a picture. Here a `str` is what it says, in a cell, a title or a line; what
has a style or several lines is a `rich.text.Text`, made by `styled`. A table is a `whole_table`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ilbench.column_blocks import blocks, shared_room, width_of
from ilbench.plain_text import printable

CHARACTERS = 20_000
"""Bound of a line: a note may name every task of a board."""
INDENT = 2
WORTH_IT = 1.25
"""A table is this much longer than it could be before a line is parted from what it is about."""


class PlainConsole(Console):
    """Prints every `str` as one line, as `printable` leaves it; its arguments are those of `Console`."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Returns a string as text: without control characters, markup and emoji codes."""
        options |= {"emoji": False, "markup": False}
        return super().render_str(printable(text, CHARACTERS), **options)


def styled(text: str, style: str = "") -> Text:
    """Returns a text in a style, each of its lines as `ilbench.plain_text.printable` leaves it."""
    return Text("\n".join(printable(line, CHARACTERS) for line in text.split("\n")), style=style)


def item(name: str, text: str, indent: int = 0) -> Item:
    """Returns a paragraph that begins with a name, its further lines indented."""
    return Item(styled(name, "bold"), styled(text), indent)


class Item:
    """What `item` returns; a console prints it."""

    def __init__(self, name: Text, text: Text, indent: int) -> None:
        self._text, self._indent = name + Text("  ") + text, indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the lines, broken between words; a word that is longer than a line goes on below."""
        room = max(1, options.max_width - self._indent - INDENT)
        for number, line in enumerate(self._text.wrap(console, room, overflow="fold")):
            yield Padding(line, (0, 0, 0, self._indent + INDENT * bool(number)))


def whole_table(
    *headings: str,
    title: str | None = None,
    gutter: int = 2,
    show_header: bool = True,
    prose: Mapping[str, int] | None = None,
    kept: int = 1,
) -> WholeTable:
    """Returns a table without lines that cuts nothing, however narrow the console is.

    Where its columns have no room side by side, it goes on in further blocks, each with the columns that say
    what a line is about. Where that is much longer, the first of these stands above the lines that share it.

    Args:
        *headings: A column each.
        title: Stands above it.
        gutter: Blanks between two columns.
        show_header: Whether the headings are shown.
        prose: Headings of columns of words, which are broken between these, each with the characters that it
            has at least; a number is never broken.
        kept: How many leading columns say what a line is about.
    """
    return WholeTable(headings, title or "", gutter, show_header, prose or {}, kept)


class WholeTable:
    """What `whole_table` returns; a console prints it."""

    def __init__(
        self,
        headings: Sequence[str],
        title: str,
        gutter: int,
        show_header: bool,
        prose: Mapping[str, int],
        kept: int,
    ) -> None:
        self._headings = tuple(map(styled, headings))
        self._prose = tuple(prose.get(heading) for heading in headings)
        self._title, self._gutter, self._show_header, self._kept = title, gutter, show_header, kept
        self._rows: list[tuple[Text, ...]] = []

    def add_row(self, *cells: str | Text) -> None:
        """Adds a line, a cell a column."""
        self._rows.append(tuple(styled(cell) if isinstance(cell, str) else cell for cell in cells))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the title, then the blocks, as wide as the console is."""
        if self._title:
            yield styled(self._title, "italic")
        room, least = options.max_width, [self._least(index) for index in range(len(self._headings))]
        beside = blocks(least, room, kept=self._kept, gutter=self._gutter)
        below = blocks(least[1:], room - INDENT, kept=self._kept - 1, gutter=self._gutter)
        is_whole = all(width_of([least[i] for i in block], self._gutter) <= room for block in beside)
        num_names = sum(1 for _ in groupby(row[0].plain for row in self._rows))
        num_lines = len(below) * (1 + len(self._rows) + num_names)
        if is_whole and len(beside) * (2 + len(self._rows)) <= WORTH_IT * num_lines:
            yield from self._beside(beside, least, room)
        else:
            yield from self._below(below, least, room - INDENT)

    def _beside(
        self, found: Sequence[Sequence[int]], least: Sequence[int], room: int
    ) -> Iterator[RenderableType]:
        """Yields blocks that begin with the columns which say what a line is about."""
        for number, block in enumerate(found):
            if number:
                yield ""
            yield self._table(block, least, room, self._rows, has_header=self._show_header)

    def _below(
        self, found: Sequence[Sequence[int]], least: Sequence[int], room: int
    ) -> Iterator[RenderableType]:
        """Yields blocks in which the first column stands above the lines that share it."""
        for number, block in enumerate(found):
            if number:
                yield ""
            columns = [index + 1 for index in block]
            if self._show_header:
                yield _indented(self._table(columns, least, room, (), has_header=True))
            for name, rows in groupby(self._rows, key=lambda row: row[0].plain):
                yield styled(name)
                yield _indented(self._table(columns, least, room, tuple(rows), has_header=False))

    def _table(
        self,
        columns: Sequence[int],
        least: Sequence[int],
        room: int,
        rows: Sequence[Sequence[Text]],
        *,
        has_header: bool,
    ) -> Table:
        """Returns some of the columns, those of sentences as wide as there is room."""
        bounds = [least[i] for i in columns], [self._whole(i) for i in columns]
        widths = shared_room(*bounds, room - self._gutter * (len(columns) - 1))
        table = Table(box=None, pad_edge=False, padding=(0, self._gutter, 0, 0), show_header=has_header)
        for index, width in zip(columns, widths, strict=True):
            table.add_column(self._headings[index], overflow="fold", width=min(width, room))
        for row in rows:
            table.add_row(*(row[index] for index in columns))
        return table

    def _least(self, index: int) -> int:
        """Returns the characters below which a column is not legible."""
        words = max(map(cell_len, self._headings[index].plain.split()), default=0) * self._show_header
        longest = self._longest(index)
        return max(words, min(longest, self._prose[index] or longest))

    def _whole(self, index: int) -> int:
        """Returns the characters at which nothing of a column is broken, its heading neither."""
        heading = cell_len(self._headings[index].plain) * self._show_header
        return max(heading, self._longest(index))

    def _longest(self, index: int) -> int:
        lines = (line for row in self._rows for line in row[index].plain.split("\n"))
        return max(map(cell_len, lines), default=0)


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, INDENT))
