"""Pictures of an expert's episode."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.checks.gallery import start_and_end
from ilbench.contract.registry import find_task

pytest.importorskip("mujoco")
AVOIDING = find_task("d3il/avoiding-v3")


def test_the_end_of_an_episode_looks_different_from_its_start():
    pytest.importorskip("robosuite")
    start, end = start_and_end(AVOIDING, mode=3)
    assert start.shape == end.shape
    assert np.mean(start != end) > 0.01
    assert np.std(start) > 20


@pytest.mark.parametrize("name", ["kitchen/franka-v1", "adroit/pen-v1"], ids=["no expert", "no weights"])
def test_a_task_without_an_expert_is_drawn_at_its_start(name, tmp_path, monkeypatch):
    pytest.importorskip("gymnasium_robotics")
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    (start,) = start_and_end(find_task(name))
    assert np.std(start) > 20
