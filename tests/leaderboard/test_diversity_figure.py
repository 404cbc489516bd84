from made_up import REGISTRY, B, make_run

from ilbench.leaderboard import build, render, save_figures
from ilbench.leaderboard.diversity_figure import diversity_figure


def test_without_modes_there_is_no_diversity_figure(tmp_path):
    board = build([make_run("x", {B: 3})], REGISTRY)
    assert diversity_figure(board) is None
    assert [path.name for path in save_figures(board, tmp_path, ["svg"])] == ["success.svg"]
    assert "no diversity to draw" in render(board, "html")
