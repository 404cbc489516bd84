import re

from ilbench.leaderboard import render


def test_latex_braces_and_table_cells_stay_balanced(board):
    text = render(board, "latex")
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert "\\textless{}script\\textgreater{}" in text
    assert text.count("\\begin{tabular}") == 3 + len(board.tasks)
