"""Diversity of trajectories that are played again, beside the demonstrations."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.contract.fields import Field
from ilbench.contract.registry import find_task
from ilbench.errors import EmptyScoreError
from ilbench.runner.evaluation import evaluate, make_header, open_run
from ilbench.runner.lineup import Lineup
from ilbench.runner.loaders import submission_of
from ilbench.runner.replay import replay
from ilbench.runs.plan import make_plan
from ilbench.scores import UndefinedScoreError
from ilbench.scores.diversity.trajectory_diversity import path_of, score_trajectories

TASK = "navigation/pointmaze-umaze-v1"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    task = find_task(TASK)
    submission = submission_of("expert", [task])
    header = make_header(submission, [task], make_plan([task], splits=["test"], num_contexts=3), "custom")
    folder = tmp_path_factory.mktemp("expert") / "run"
    lineup = Lineup(tasks={TASK: task}, policies=submission.policies)
    return evaluate(open_run(folder, header), lineup), lineup


def test_a_replay_keeps_the_path_and_ends_as_recorded(run, tmp_path):
    loaded, lineup = run
    size = path_of(find_task(TASK), zeros(find_task(TASK))).shape[1]
    for one in replay(loaded.records, lineup, states_to=tmp_path):
        path = path_of(find_task(TASK), np.load(one.kept))
        assert one.differences == ()
        assert path.shape == (one.recorded.length + 1, size)
        assert np.ptp(path, axis=0).max() > 0


def zeros(task):
    return {f.name: np.zeros((1, *f.shape), f.dtype) for f in task.observation}


def test_a_path_is_made_of_the_real_vectors_alone():
    task = find_task(TASK)
    with_image = replace(
        task, observation=(*task.observation, Field(name="image", shape=(4, 4, 3), dtype="uint8"))
    )
    assert path_of(with_image, zeros(with_image)).shape == path_of(task, zeros(task)).shape
    blind = replace(task, observation=(Field(name="image", shape=(4, 4, 3), dtype="uint8"),))
    with pytest.raises(UndefinedScoreError, match="no vector of real numbers"):
        path_of(blind, zeros(blind))


def lines(heights):
    return [np.column_stack([np.arange(5.0), np.full(5, float(h))]) for h in heights]


def test_a_policy_that_copies_the_demonstrations_is_as_various_and_covers_them():
    demonstrations = lines([0, 1, 2, 3])
    scores = score_trajectories(demonstrations, demonstrations)
    assert scores.vendi == pytest.approx(scores.vendi_demonstrations)
    assert (scores.coverage, scores.num_trajectories) == (1, 4)


def test_a_policy_that_always_does_the_same_has_a_vendi_score_of_1():
    scores = score_trajectories(lines([0, 0, 0, 0]), lines([0, 10, 20, 30]))
    assert scores.vendi == pytest.approx(1)
    assert scores.vendi_demonstrations > 2


def test_as_many_demonstrations_as_trajectories_are_compared():
    scores = score_trajectories(lines([0, 3]), lines([0, 1, 2, 3]))
    assert scores.num_trajectories == 2
    assert scores.vendi == pytest.approx(scores.vendi_demonstrations)
    with pytest.raises(EmptyScoreError, match="2 of each"):
        score_trajectories(lines([0]), lines([0, 1]))


def test_the_command_plays_again_and_scores(run, tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    called = ["trajectories", str(run[0].path), "--json"]
    said = CliRunner().invoke(app, called)
    assert said.exit_code == 0, said.output
    scores = json.loads(said.stdout)
    assert scores["num_differing"] == 0
    assert 1 <= scores["vendi"] <= scores["num_trajectories"] == 3
