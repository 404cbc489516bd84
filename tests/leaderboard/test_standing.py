import csv
import io
from pathlib import Path

import pytest

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build, render
from ilbench.runs.folder import load_run

RESULTS = Path(__file__).parents[2] / "results"


def board_of(pattern, preset):
    runs = [load_run(path) for path in sorted(RESULTS.glob(pattern))]
    return build(runs, load_registry(), preset=preset)


@pytest.fixture(scope="module")
def board():
    return board_of("adroit-door/*", "full")


def test_the_leaderboard_groups_what_it_cannot_tell_apart(board):
    found = {row.name: (row.rank, row.rank_interval, row.group) for row in board.ranked}
    assert found["bc-mlp"] == (1, (1, 1), "a")
    assert {found[name][1:] for name in ("diffusion", "random")} == {((2, 3), "b")}


def test_a_reference_has_neither_rank_nor_group_in_any_table():
    board = board_of("manipulation/*", "standard")
    (expert,) = (row for row in board.ranked if row.name == "expert")
    assert (expert.rank, expert.rank_interval, expert.group) == (None, None, None)
    lines = csv.DictReader(io.StringIO(render(board, "csv")))
    assert ("", "", "") in {(line["rank_low"], line["rank_high"], line["group"]) for line in lines}


def test_every_table_shows_the_groups(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert {(line["rank_low"], line["rank_high"], line["group"]) for line in lines} == {
        ("1", "1", "a"),
        ("2", "3", "b"),
    }
    for output_format in ("md", "html", "latex"):
        text = render(board, output_format)
        assert "group" in text
        assert "share a letter" in text.replace("\n", " ")


def test_a_row_alone_has_no_group():
    (row,) = board_of("manipulation/bc-mlp-*", "standard").ranked
    assert (row.rank, row.rank_interval, row.group) == (1, None, None)
