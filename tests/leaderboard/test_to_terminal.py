import io

import pytest
from made_up import row_of
from rich.console import Console

from ilbench.leaderboard.tables import number
from ilbench.leaderboard.to_terminal import terminal_view


def shown_in_terminal(board, width):
    console = Console(width=width, file=io.StringIO())
    console.print(terminal_view(board))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_terminal_view_fits_the_width_and_cuts_no_number(board, width):
    text = shown_in_terminal(board, width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    low, high = (
        number(end)
        for end in (row_of(board, "fair").mean_success.low, row_of(board, "fair").mean_success.high)
    )
    assert f"{low}–{high}" in text


def test_the_terminal_view_says_why_rows_are_not_ranked(board):
    assert "Not ranked: hasty: preset smoke, only full is ranked." in shown_in_terminal(board, 100)


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_splits_a_tables_scores_and_folds_no_name_to_a_sliver(board, width):
    lines = shown_in_terminal(board, width).splitlines()
    # A line a task, and a further one where its scores go on.
    assert len([line for line in lines if line.startswith("oracle (reference)  ")]) > len(board.tasks)
