"""Drawing: looks of rows, and bytes of a file."""

import pytest
from made_up import REGISTRY, B, make_run
from matplotlib.figure import Figure

from ilbench.leaderboard import build
from ilbench.leaderboard.drawing import figure_bytes, make_looks


def test_rows_have_looks_of_their_own_and_a_reference_is_a_gray_star(board):
    looks = make_looks(board)
    assert len({(look.color, look.marker) for look in looks}) == len(looks)
    assert [look.marker for look in looks if look.row.is_reference] == ["*"]


def test_unranked_rows_are_drawn_where_none_is_ranked():
    board = build([make_run("x", {B: 5}, preset="smoke")], REGISTRY)
    assert [look.label for look in make_looks(board)] == ["x"]


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_a_figure_has_the_same_bytes_twice(suffix):
    first, second = (figure_bytes(Figure(figsize=(1, 1)), suffix) for _ in range(2))
    assert first == second
