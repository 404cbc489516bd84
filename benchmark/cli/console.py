"""What the command line prints with: a console for tables, and lines; what others wrote is text in both."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ilbench.plain_text import printable, printable_lines

if TYPE_CHECKING:
    from ilbench.plain_console import PlainConsole

WIDTH_WITHOUT_TERMINAL = 140
LINE_CHARACTERS = 20_000
"""Bound of a line: an error may name every task there is."""


def wide_console() -> PlainConsole:
    """Returns a console for tables: as wide as the terminal, or as ``COLUMNS`` says, else wide enough."""
    from ilbench.plain_console import PlainConsole

    console = PlainConsole()
    is_known = console.is_terminal or os.environ.get("COLUMNS", "").isdigit()
    return console if is_known else PlainConsole(width=WIDTH_WITHOUT_TERMINAL)


def help_text(text: str) -> str:
    """Returns a text for the help of a command, which reads markup; see `ilbench.cli.app`."""
    from rich.markup import escape

    return escape(printable(text, LINE_CHARACTERS))


def say(line: object = "", *, is_aside: bool = False) -> None:
    """Prints one line, at once, without anything that a terminal could obey.

    Args:
        line: What is said.
        is_aside: It is no result: it goes to standard error.
    """
    shown = printable(str(line), LINE_CHARACTERS)
    print(shown, file=sys.stderr if is_aside else sys.stdout, flush=True)


def say_all(text: str, *, is_aside: bool = False) -> None:
    """Prints a text of many lines, such as a file's content, without anything that a terminal could obey."""
    print(printable_lines(text).removesuffix("\n"), file=sys.stderr if is_aside else sys.stdout, flush=True)
