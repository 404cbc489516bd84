from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import ilbench
from ilbench.cli.app import app
from ilbench.testing.toys import HARBOR


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        out = tmp_path_factory.mktemp("runs") / "expert"
        yield ilbench.run("expert", task=HARBOR, split="test", contexts=4, workers=1, out=out)


def called(run, *options):
    command = ["trajectories", str(run.path), "--task", "ilbench.testing.toys:HARBOR", *options]
    answer = CliRunner().invoke(app, command)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_scores_are_set_beside_those_of_the_demonstrations(run):
    shown = called(run)
    assert "toys/harbor-v1 test, 4 successes beside 4 demonstrations" in shown
    assert "Vendi score" in shown
    assert "left out" not in shown


def test_the_json_has_the_same_scores(run):
    scores = json.loads(called(run, "--json"))
    assert (scores["task"], scores["num_differing"]) == (HARBOR.id, 0)
    assert 1 <= scores["vendi"] <= scores["num_trajectories"] == 4


def test_fewer_episodes_can_be_asked_for(run):
    assert json.loads(called(run, "--json", "--episodes", "2"))["num_trajectories"] == 2
