"""A console on which text is text."""

import io
import re

import house
import pytest
from hostile import NAMES
from rich.table import Table

from ilbench.plain_console import PlainConsole, styled, whole_table
from ilbench.plain_text import printable


def printed(*what, **options):
    console = PlainConsole(
        file=io.StringIO(), force_terminal=True, width=100_000, color_system=None, **options
    )
    console.print(*what)
    return console.file.getvalue()


@pytest.mark.parametrize("name", NAMES[:-2], ids=ascii)
def test_a_string_is_what_it_says_in_a_line_a_title_a_heading_and_a_cell(name):
    table = Table(name, title=name, box=None)
    table.add_row(name)
    shown = printable(name).rstrip()
    assert shown in printed(name)
    assert printed(table).count(shown) >= 3
    assert "\x1b" not in printed(table)


def test_what_is_styled_keeps_its_lines_and_its_style():
    console = PlainConsole(file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(styled("a\x07\n[/red]", "red"))
    assert console.file.getvalue() == "\x1b[31ma\x1b[0m\n\x1b[31m[/red]\x1b[0m\n"


def test_a_text_without_end_has_one():
    assert len(printed("x" * 10**6)) < 21_000


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_table_that_finds_no_room_cuts_nothing(width):
    table = whole_table("submission", "success", title="scores")
    table.add_row("policy-" + "x" * 60 + "-end", "0.123 [0.001, 0.246]")
    console = PlainConsole(file=io.StringIO(), width=width)
    console.print(table)
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    assert shown.count("x") == 60


def test_nothing_else_makes_a_console_or_a_text_of_rich():
    sources = {
        m.name: m.path.read_text(encoding="utf-8") for m in house.find_modules(*house.FOLDERS).values()
    }
    found = {name for name, text in sources.items() if re.search(r"\b(Console|Text|from_markup)\(", text)}
    assert found == {"ilbench.plain_console"}
