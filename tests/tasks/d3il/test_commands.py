from __future__ import annotations

import pytest

from ilbench.tasks.d3il.commands import physics

pytest.importorskip("mujoco")


def test_a_task_compared_with_its_own_step_does_not_differ_from_it(capsys):
    physics("d3il/pushing-v2", substeps=35, episodes=1)
    shown = capsys.readouterr().out
    assert "same success and mode 1.000 of 1 episodes" in shown
    assert "blind replays drift   0.0 mm apart" in shown
