"""Pictures for people: what they show, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.checks.gallery import NoPathError, demonstrations_figure, start_and_end
from ilbench.contract.registry import find_task
from ilbench.demonstrations import ensure_demonstrations

pytest.importorskip("mujoco")
AVOIDING = find_task("d3il/avoiding-v2")


def test_the_path_figure_has_a_line_for_every_demonstration_and_a_shape_for_every_obstacle(tmp_path):
    demonstrations = ensure_demonstrations(AVOIDING, count=24, cache=tmp_path)
    (axes,) = demonstrations_figure(AVOIDING, demonstrations).axes
    assert len(axes.lines) == 24
    assert len({tuple(line.get_color()) for line in axes.lines}) == 24
    assert len(axes.patches) == 6 + 1  # cylinders and the finish line


def test_a_task_without_a_measured_path_is_refused():
    with pytest.raises(NoPathError, match="procgen/maze-v2 has no path to draw"):
        demonstrations_figure(find_task("procgen/maze-v2"), ())


def test_the_end_of_an_episode_looks_different_from_its_start():
    pytest.importorskip("robosuite")
    start, end = start_and_end(AVOIDING, mode=3)
    assert start.shape == end.shape
    assert np.mean(start != end) > 0.01
    assert np.std(start) > 20


def test_a_task_without_an_expert_is_drawn_at_its_start():
    pytest.importorskip("gymnasium_robotics")
    (start,) = start_and_end(find_task("adroit/pen-v1"))
    assert np.std(start) > 20
