"""Outputs and figures that other packages add."""

import sys

import pytest
from made_up import A, install

from ilbench.leaderboard import render, save_figures

OUTPUT = """
from ilbench.leaderboard import Output

VALUE = Output(name="names", summary="who is ranked", render="lab:to_names")

def to_names(board):
    return "".join(f"{row.name}\\n" for row in board.ranked)
"""
FIGURE = """
from ilbench.leaderboard import Figure

VALUE = Figure(name="bars", caption="Mean success.", draw="lab:draw", data="lab:frame")

def frame(board):
    return board.frame().query("score == 'success_rate' and split == 'test'")

def draw(board):
    from matplotlib.figure import Figure
    figure = Figure()
    figure.subplots().barh(list(map(str, frame(board).index)), frame(board).value)
    return figure
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lab", raising=False)
    return tmp_path


def test_another_package_adds_an_output_in_one_file_of_four_lines(lab, board):
    assert install(lab, "outputs", OUTPUT) == 4
    assert render(board, "names").splitlines()[:3] == ["oracle", "good", "fair"]


def test_another_package_adds_a_figure_in_one_file_of_nine_lines(lab, board, tmp_path):
    assert install(lab, "figures", FIGURE) == 9
    assert (tmp_path / "drawn" / "bars.svg") in save_figures(board, tmp_path / "drawn", ["svg"])
    assert "<figcaption>Mean success.</figcaption>" in render(board, "html")


def test_the_terminal_view_is_an_output_too(board):
    assert A.split("/")[1][:5] in render(board, "table")
    assert max(map(len, render(board, "table").splitlines())) <= 140
