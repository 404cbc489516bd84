from __future__ import annotations

import numpy as np
import pytest

from ilbench.checks.paths_figure import NoWayError, Way, paths_figure, way_of
from ilbench.contract.registry import find_task
from ilbench.demonstrations import ensure_demonstrations

pytest.importorskip("mujoco")
AVOIDING = find_task("d3il/avoiding-v3")


def test_there_is_a_line_for_every_demonstration_and_a_shape_for_every_obstacle(tmp_path):
    shown = ensure_demonstrations(AVOIDING, count=24, cache=tmp_path).trajectories
    ways = [way_of(AVOIDING, one.observations, one.mode, one.success) for one in shown]
    (axes,) = paths_figure(AVOIDING, ways, "demonstrations").axes
    assert len(axes.lines) == 24
    assert len({tuple(line.get_color()) for line in axes.lines}) == 24
    assert len(axes.patches) == 6 + 1  # cylinders and the finish line
    assert axes.get_title() == "d3il/avoiding-v3: 24 demonstrations, 24 modes"


def test_an_episode_that_failed_is_gray_and_ends_in_a_cross():
    way = Way(points=np.array([[0.5, -0.2], [0.5, 0.1]]), mode=None, success=False)
    (axes,) = paths_figure(AVOIDING, [way], "episodes").axes
    line, cross = axes.lines
    assert (line.get_color(), cross.get_marker()) == ("#777777", "x")
    np.testing.assert_allclose(cross.get_xydata(), [[0.5, 0.1]])


def test_a_task_without_a_measured_path_is_refused():
    with pytest.raises(NoWayError, match="procgen/maze-v2 has no way to draw"):
        way_of(find_task("procgen/maze-v2"), {}, None, True)
