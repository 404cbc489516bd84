import dataclasses

from made_up import B, N, make_run, make_task

from ilbench.contract.registry import Registry
from ilbench.contract.task import Split
from ilbench.leaderboard import build, render, save_figures
from ilbench.leaderboard.severity_figure import severity_figure


def test_success_over_severity_starts_at_the_test_split(tmp_path):
    splits = (*make_task(B).splits, *(graded(severity) for severity in (1, 2)))
    task = dataclasses.replace(make_task(B), splits=splits)
    board = build([make_run("x", {B: 12}, splits=[split.name for split in splits])], Registry([task]))
    assert board.tasks[0].graded == {"fog": {1: "shift/fog-1", 2: "shift/fog-2"}}
    (panel,) = severity_figure(board).axes
    curve = panel.get_lines()[0]
    assert curve.get_xdata().tolist() == [0, 1, 2]
    assert curve.get_ydata()[0] == 12 / N
    assert "severity.svg" in [path.name for path in save_figures(board, tmp_path, ["svg"])]
    assert "by severity" in render(board, "html")


def graded(severity):
    return Split(name=f"shift/fog-{severity}", num_contexts=N, description="", severity=severity)


def test_without_graded_shifts_there_is_no_severity_figure(board):
    assert severity_figure(board) is None
