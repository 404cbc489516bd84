from pathlib import Path

import numpy as np
import pytest
from made_up import REGISTRY, A, B, make_run

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.runs.folder import load_run

MANIPULATION = Path(__file__).parents[2] / "results" / "manipulation"


@pytest.fixture(scope="module")
def board():
    runs = [load_run(path) for path in sorted(MANIPULATION.iterdir())]
    return build(runs, load_registry(), preset="standard")


def test_profiles_are_drawn_of_every_row(board):
    (axes,) = profile_figure(board).axes
    assert len(axes.lines) == len(board.rows)
    assert all((np.diff(line.get_ydata()) <= 0).all() for line in axes.lines)


def test_a_row_without_a_training_seed_on_every_task_is_named_as_not_drawn():
    runs = [make_run("x", {A: 9}, seed=0), make_run("x", {B: 8}, seed=1), make_run("y", {A: 9, B: 9})]
    figure = profile_figure(build(runs, REGISTRY))
    assert len(figure.axes[0].lines) == 1
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["y", "not drawn, seeds differ by task: x"]
