from __future__ import annotations

import pytest
import served

import ilbench
from ilbench.cli.replay import replay
from ilbench.testing.toys import HARBOR

TASK = "d3il/avoiding-v3"


def test_a_replay_that_ends_as_recorded_says_so_and_exits_with_0(tmp_path, capsys):
    ilbench.run("random", task=TASK, split="test", repeats=1, workers=1, out=tmp_path / "run")
    with pytest.raises(SystemExit) as end:
        replay(tmp_path / "run", "1")
    assert end.value.code == 0
    assert "the replay ends as recorded" in capsys.readouterr().out


def test_an_episode_is_replayed_by_a_server_that_wants_a_token(tmp_path, capsys):
    (tmp_path / "token").write_text("secret")
    ilbench.run("random", task=HARBOR, split="test", repeats=1, workers=1, out=tmp_path / "run")
    offer = served.offer_of(
        digest=ilbench.load_run(tmp_path / "run").header.submission.digest, token="secret"
    )
    with served.serving(offer) as server:
        where = {"submission": f"remote:{server.address}", "token_file": tmp_path / "token"}
        with pytest.raises(SystemExit) as end:
            replay(tmp_path / "run", "1", task="ilbench.testing.toys:HARBOR", **where)
    assert end.value.code == 0
    assert "the replay ends as recorded" in capsys.readouterr().out
