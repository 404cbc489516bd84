"""What submissions say of themselves, in every format."""

import csv
import io
import json

import pytest
from made_up import REGISTRY, A, make_run

from ilbench.leaderboard import build, render
from ilbench.leaderboard.outputs import OUTPUTS
from ilbench.leaderboard.sayings_table import sayings_lines, sayings_tables
from ilbench.leaderboard.to_terminal import terminal_view
from ilbench.plain_console import PlainConsole

SAID = {"authors": "A. Uthor", "license": "MIT", "observation": "state", "training_data": "none"}
CODE = "https://example.org/mine"


@pytest.fixture(scope="module")
def board():
    """Returns a board on which one of two submissions says something of itself."""
    said = make_run("mine", {A: 9}, kind="folder", details={**SAID, "code": CODE})
    return build([said, make_run("silent", {A: 3})], REGISTRY)


@pytest.mark.parametrize("format", [output.name for output in OUTPUTS if output.is_text])
def test_every_format_shows_it(board, format):
    text = render(board, format)
    assert all(line in text for line in SAID.values())


def test_the_table_has_the_rows_that_say_something(board):
    (table,) = sayings_tables(board)
    assert [cell.text for cell in table.columns[0].cells] == ["mine"]
    assert [column.title for column in table.columns[1:]][-1] == "code"


def test_on_the_page_code_is_a_link_and_a_script_is_none(board):
    assert f'<a href="{CODE}" rel="nofollow noopener noreferrer">' in render(board, "html")
    evil = make_run("evil", {A: 3}, details={"code": "javascript:alert(1)"})
    assert "<a " not in render(build([evil], REGISTRY), "html")


def test_files_of_numbers_have_a_column_for_each(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert lines[0]["license"] == "MIT"
    assert json.loads(render(board, "json"))["ranked"][0]["sayings"]["authors"] == "A. Uthor"
    assert set(board.frame().query("submission == 'mine'").training_data) == {"none"}


def test_a_paper_has_it_as_a_comment(board):
    assert "% mine: authors A. Uthor; license MIT" in render(board, "latex")


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_shows_it_within_its_width(board, width):
    console = PlainConsole(file=io.StringIO(), width=width)
    with console.capture() as capture:
        console.print(terminal_view(board, width=width))
    assert "A. Uthor" in capture.get()
    assert max(map(len, capture.get().splitlines())) <= width


def test_a_board_on_which_nobody_says_anything_has_no_such_table(board):
    silent = build([make_run("silent", {A: 3})], REGISTRY)
    assert list(sayings_tables(silent)) == []
    assert list(sayings_lines(silent.rows)) == []
