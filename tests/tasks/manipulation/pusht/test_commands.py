from __future__ import annotations

import numpy as np
import pytest

from ilbench.tasks.manipulation.pusht.commands import replay

pytest.importorskip("pymunk")


def test_a_replay_names_the_episodes_that_end_elsewhere(tmp_path, capsys):
    goes_by = np.array([[100.0, 100.0, 250.0, 250.0, 0.0]] * 3, np.float32)
    elsewhere = goes_by.copy()
    elsewhere[2, 2] += 3.0
    states = np.concatenate([goes_by, elsewhere])
    path = tmp_path / "pusht.npz"
    np.savez(path, action=states[:, :2], state=states, episode_ends=np.array([3, 6]))
    replay(path)
    shown = capsys.readouterr().out
    assert "episode 1: the T ends 3.00 px from where it was" in shown
    assert "1 of 2 end with the T within 0.01 px" in shown
