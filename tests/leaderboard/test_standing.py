import csv
import io
from pathlib import Path

import pytest

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build, render
from ilbench.runs.folder import load_run

D3IL = Path(__file__).parents[2] / "results" / "d3il"


@pytest.fixture(scope="module")
def board():
    runs = [load_run(path) for path in sorted(D3IL.iterdir())]
    return build(runs, load_registry(), preset="standard")


def test_the_leaderboard_groups_what_it_cannot_tell_apart(board):
    found = {row.name: (row.rank, row.rank_interval, row.group) for row in board.ranked}
    assert found["expert"] == (None, None, None)
    assert found["random"] == (3, (3, 3), "b")
    assert {found[name][1:] for name in ("diffusion", "bc-mlp")} == {((1, 2), "a")}


def test_every_table_shows_the_groups(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert {(line["rank_low"], line["rank_high"], line["group"]) for line in lines} == {
        ("1", "2", "a"),
        ("3", "3", "b"),
        ("", "", ""),
    }
    for output_format in ("md", "html", "latex"):
        text = render(board, output_format)
        assert "group" in text
        assert "share a letter" in text.replace("\n", " ")


def test_a_row_alone_has_no_group():
    runs = [load_run(path) for path in sorted(D3IL.glob("bc-mlp-*"))]
    (row,) = build(runs, load_registry(), preset="standard").ranked
    assert (row.rank, row.rank_interval, row.group) == (1, None, None)
