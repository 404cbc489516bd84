from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.runs.folder import load_run

D3IL = Path(__file__).parents[2] / "results" / "d3il"


@pytest.fixture(scope="module")
def board():
    runs = [load_run(path) for path in sorted(D3IL.iterdir())]
    return build(runs, load_registry(), preset="standard")


def test_profiles_are_drawn_of_every_row(board):
    (axes,) = profile_figure(board).axes
    assert len(axes.lines) == len(board.rows)
    assert all((np.diff(line.get_ydata()) <= 0).all() for line in axes.lines)
