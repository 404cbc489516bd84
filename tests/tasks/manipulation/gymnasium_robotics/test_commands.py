from __future__ import annotations

import pytest

from ilbench.errors import MissingWeightsError
from ilbench.tasks.manipulation.gymnasium_robotics import adroit_expert
from ilbench.tasks.manipulation.gymnasium_robotics.commands import replay_adroit, weights

pytest.importorskip("gymnasium_robotics")


def test_a_folder_without_weights_says_where_they_come_from(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    with pytest.raises(MissingWeightsError, match="hand_dapg"):
        weights(tmp_path)
    assert not adroit_expert.weights_folder().exists()


def test_the_real_weights_are_put_where_the_experts_look(human_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    weights(human_data / "adroit")
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert sorted(file.name for file in adroit_expert.weights_folder().iterdir()) == [
        f"{name}-v0.npz" for name in sorted(adroit_expert.DIGESTS)
    ]


def test_a_replay_of_people_says_how_near_it_comes(human_data, capsys):
    replay_adroit(human_data / "adroit" / "adroit-door-human-demos.pickle")
    assert "25 demonstrations, of which 8 succeed in it" in capsys.readouterr().out
