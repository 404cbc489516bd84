import re

from ilbench.leaderboard import render


def test_markdown_rows_have_as_many_cells_as_their_heading(board):
    lines = [line for line in render(board, "md").splitlines() if line.startswith("|")]
    heading = len(re.split(r"(?<!\\)\|", lines[0]))
    assert all(len(re.split(r"(?<!\\)\|", line)) == heading for line in lines[: 2 + len(board.ranked)])
    assert "<script" not in render(board, "md")
