"""A console on which text is text: what it prints is no markup unless it is said to be.

With a console of rich as it comes, a submission called ``[/red]`` ends the program, ``[link=…]`` leads
elsewhere and ``:smile:`` becomes a picture. Here a `str` is what it says, in a cell, a title or a line; what
has a style or several lines is a `rich.text.Text`, made by `styled`.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ilbench.plain_text import printable

CHARACTERS = 20_000
"""Bound of a line: a note may name every task of a board."""


class PlainConsole(Console):
    """Prints every `str` as one line, as `printable` leaves it; its arguments are those of `Console`."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Returns a string as text: without control characters, markup and emoji codes."""
        options |= {"emoji": False, "markup": False}
        return super().render_str(printable(text, CHARACTERS), **options)


def styled(text: str, style: str = "") -> Text:
    """Returns a text in a style, each of its lines as `ilbench.plain_text.printable` leaves it."""
    return Text("\n".join(printable(line, CHARACTERS) for line in text.split("\n")), style=style)


def whole_table(*headings: str, title: str | None = None, gutter: int = 2, show_header: bool = True) -> Table:
    """Returns a table without lines that cuts nothing: where there is no room, a cell goes on below.

    Args:
        *headings: A column each.
        title: Stands above it.
        gutter: Blanks between two columns.
        show_header: Whether the headings are shown.
    """
    left, right = gutter // 2, gutter - gutter // 2
    table = Table(
        title=title, title_justify="left", box=None, padding=(0, right, 0, left), show_header=show_header
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
