from __future__ import annotations

import pytest

import ilbench
from ilbench.cli.replay import replay

TASK = "d3il/avoiding-v2"


def test_a_replay_that_ends_as_recorded_says_so_and_exits_with_0(tmp_path, capsys):
    ilbench.run("random", task=TASK, split="test", repeats=1, workers=1, out=tmp_path / "run")
    with pytest.raises(SystemExit) as end:
        replay(tmp_path / "run", "1")
    assert end.value.code == 0
    assert "the replay ends as recorded" in capsys.readouterr().out
