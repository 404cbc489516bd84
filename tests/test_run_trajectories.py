"""Successes of a run, played again and set beside the demonstrations."""

from __future__ import annotations

import pytest

import ilbench
from ilbench.errors import EmptyScoreError, UsageError
from ilbench.runner.provenance import ProvenanceWarning
from ilbench.testing.toys import HARBOR, toy_task

WEST = toy_task(id="toys/west-v1")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Eight successes of the expert on test contexts, of a task that no package declares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        out = tmp_path_factory.mktemp("runs") / "expert"
        yield ilbench.run("expert", task=HARBOR, split="test", contexts=8, workers=1, out=out)


def test_an_expert_is_about_as_various_as_its_own_demonstrations(run):
    found = ilbench.trajectories(run, task=HARBOR)
    assert (found.task, found.split, found.num_differing) == (HARBOR.id, "test", 0)
    assert found.scores.num_trajectories == 8
    assert 1 < found.scores.vendi < 8
    assert 0 < found.scores.coverage <= 1


def test_a_run_is_given_as_a_value_or_by_its_folder(run):
    assert ilbench.trajectories(run.path, task=HARBOR) == ilbench.trajectories(run, task=HARBOR)


def test_no_more_successes_are_played_again_than_asked_for_and_each_is_told(run):
    told = []
    found = ilbench.trajectories(run, task=HARBOR, episodes=3, progress=lambda *p: told.append(p))
    assert found.scores.num_trajectories == 3
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_episode_that_ends_otherwise_is_left_out_and_counted(run):
    edited = run.records[0].model_copy(update={"length": 1})
    changed = type(run)(path=run.path, header=run.header, records=(edited, *run.records[1:]))
    found = ilbench.trajectories(changed, task=HARBOR)
    assert (found.num_differing, found.scores.num_trajectories) == (1, 7)


def test_a_split_without_a_success_has_no_diversity(run):
    with pytest.raises(EmptyScoreError):
        ilbench.trajectories(run, task=HARBOR, split="shift/current-1")


def test_of_a_run_of_several_tasks_one_must_be_named(run):
    tasks = {HARBOR.id: HARBOR.spec_digest(), WEST.id: WEST.spec_digest()}
    several = type(run)(
        path=run.path, header=run.header.model_copy(update={"tasks": tasks}), records=run.records
    )
    with pytest.raises(UsageError, match="the run has 2 tasks; say which: --task toys/harbor-v1"):
        ilbench.trajectories(several)
    with pytest.warns(ProvenanceWarning):  # the other is nowhere to be found
        assert ilbench.trajectories(several, task=HARBOR).task == HARBOR.id
