from __future__ import annotations

import numpy as np
import pytest

from ilbench.errors import UnknownNameError
from ilbench.tasks.navigation.commands import record

pytest.importorskip("mujoco")


def test_recorded_data_lie_in_a_file_named_as_ogbenchs(tmp_path, capsys):
    record("medium", "stitch", tmp_path / "data", trajectories=2, seed=1)
    path = tmp_path / "data" / "pointmaze-medium-stitch-v0.npz"
    assert str(path) in capsys.readouterr().out
    with np.load(path) as arrays:
        assert arrays["observations"].shape == (2 * 201, 2)
        assert arrays["terminals"].sum() == 2


@pytest.mark.parametrize(("maze", "kind"), [("mediun", "stitch"), ("medium", "stich")])
def test_a_maze_or_kind_that_does_not_exist_is_named(tmp_path, maze, kind):
    with pytest.raises(UnknownNameError, match=r"did you mean '(medium|stitch)'"):
        record(maze, kind, tmp_path)
