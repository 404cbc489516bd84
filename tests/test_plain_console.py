"""A console on which text is text."""

import io
import re

import house
import pytest
from hostile import NAMES
from rich.table import Table

from ilbench.plain_console import PlainConsole, item, styled, whole_table
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


def lines(shown, width):
    """Returns what a console of a width prints, without blanks at the ends."""
    console = PlainConsole(file=io.StringIO(), width=width)
    console.print(shown)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_table_that_finds_no_room_cuts_nothing(width):
    table = whole_table("submission", "success", title="scores")
    table.add_row("policy-" + "x" * 60 + "-end", "0.123")
    shown = lines(table, width)
    assert max(map(len, shown)) <= width
    assert "…" not in "".join(shown)
    assert "".join(shown).count("x") == 60


def six_rows(**options):
    table = whole_table("task", "success", "return", **options)
    for task in ("a/push-v1", "a/lift-v1", "a/door-v1", "a/ball-v1", "a/ring-v1", "a/rope-v1"):
        table.add_row(task, "0.5 [0.4, 0.6]", "12 [10, 14]")
    return table


def test_a_table_with_room_is_one_block():
    assert lines(six_rows(), 40)[1] == "a/push-v1  0.5 [0.4, 0.6]  12 [10, 14]"


def test_columns_without_room_stand_in_a_further_block_beside_the_names():
    first, second = lines(six_rows(), 30)[:7], lines(six_rows(), 30)[8:]
    assert first[1] == "a/push-v1  0.5 [0.4, 0.6]"
    assert second[1] == "a/push-v1  12 [10, 14]"


def test_where_names_leave_no_room_they_stand_above_their_lines():
    assert lines(six_rows(), 20)[1:3] == ["a/push-v1", "  0.5 [0.4, 0.6]"]


def test_rows_that_share_a_name_share_its_line():
    table = whole_table("task", "split", "success", kept=2)
    for split in ("train", "test"):
        table.add_row("a-suite/a-task-v1", split, "100.0% [96.3, 100.0]")
    shown = lines(table, 30)
    assert shown.count("a-suite/a-task-v1") == 1
    assert shown[2:] == ["  train  100.0% [96.3, 100.0]", "  test   100.0% [96.3, 100.0]"]


@pytest.mark.parametrize("width", range(24, 80))
def test_no_width_breaks_a_number(width):
    shown = "\n".join(lines(six_rows(), width))
    assert shown.count("0.5 [0.4, 0.6]") == shown.count("12 [10, 14]") == 6


def test_sentences_are_broken_between_words_and_take_the_room_there_is():
    table = whole_table("split", "what", prose={"what": 10})
    table.add_row("train", "one two three four")
    assert lines(table, 17)[1:] == ["train  one two", "       three four"]
    assert lines(table, 60)[1:] == ["train  one two three four"]


def test_an_item_is_a_paragraph_with_its_further_lines_indented():
    assert lines(item("name", "one two three", 1), 14) == [" name  one", "   two three"]


def test_nothing_else_makes_a_console_or_a_text_of_rich():
    sources = {
        m.name: m.path.read_text(encoding="utf-8") for m in house.find_modules(*house.FOLDERS).values()
    }
    found = {name for name, text in sources.items() if re.search(r"\b(Console|Text|from_markup)\(", text)}
    assert found == {"ilbench.plain_console"}
