"""The front door: policies of every form, and what each function takes and refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import ilbench
from ilbench.errors import InvalidPolicyError, RunFolderError, UnknownNameError, UsageError
from ilbench.runner.playing import MEMORY

GUESTS = Path(__file__).parent / "guests"
TASK = "d3il/avoiding-v2"
FORWARD = np.array([0.0, 0.008])


class Drifter:
    """One episode at a time, seeded."""

    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return self.rng.normal(FORWARD, 0.004)


def forward(observation):
    return FORWARD


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(GUESTS))


def digests(run):
    return [record.digest() for record in run.records]


def play(policy, **options):
    return ilbench.run(policy, task=TASK, split="test", **{"repeats": 9, "workers": 1, **options})


@pytest.fixture(scope="module")
def wanderings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GUESTS))
        patch.chdir(GUESTS)
        return play("manners:Wanderer", out=tmp_path_factory.mktemp("runs") / "wanderer")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A submission, which is also the working directory."""
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    Path("submission.toml").write_text('name = "mine"\nentry = "policy:act"\n')
    Path("policy.py").write_text("def act(observation):\n    return [0.0, 0.008]\n")
    return tmp_path / "mine"


def test_a_run_in_its_submissions_own_folder_goes_on(mine):
    first = play(".", repeats=1)
    assert first.path.parent == Path("runs")
    assert play(".", repeats=1).path == first.path
    assert ilbench.replay(first, 1, policy=".").differences == ()


def test_a_run_is_not_gone_on_with_by_other_weights(mine):
    play(".", repeats=1, out="run")
    Path("policy.py").write_text("def act(observation):\n    return [0.0, 0.004]\n")
    with pytest.raises(
        RunFolderError, match=r"holds another run.*: policy\.py changed; choose another folder"
    ):
        play(".", repeats=1, out="run")


def test_an_object_makes_the_records_that_its_name_makes(wanderings):
    from manners import Wanderer

    assert digests(play(Wanderer(), workers=None)) == digests(wanderings)
    assert digests(play(Wanderer, workers=None)) == digests(wanderings)
    assert digests(play(lambda: Wanderer(), workers=None)) == digests(wanderings)


@pytest.mark.parametrize("policy", [Drifter(), Drifter, forward, lambda: Drifter()])
def test_every_form_of_an_object_is_played_in_this_process_and_leaves_nothing_behind(policy, tmp_path):
    run = play(policy, workers=None)
    assert run.complete
    assert run.path == MEMORY
    assert {record.status for record in run.records} == {"ok"}
    assert list(tmp_path.iterdir()) == []


def test_an_object_may_have_a_folder_all_the_same_which_the_same_object_resumes(tmp_path):
    kept = play(Drifter(), workers=None, out=tmp_path / "kept")
    assert digests(ilbench.load_run(str(tmp_path / "kept"))) == digests(kept)
    assert digests(play(Drifter(), workers=None, out="kept")) == digests(kept)


def test_a_named_policy_gets_a_folder_below_runs():
    run = play("random", repeats=2)
    assert run.path == Path("runs/random-d3il-avoiding-v2-custom")
    assert run.header.submission.kind == "baseline"


def test_what_makes_no_sense_for_an_object_is_refused():
    for option in ({"workers": 2}, {"place": "process"}, {"videos": 1}):
        with pytest.raises(UsageError, match="means nothing for a policy that is an object"):
            play(Drifter(), **{"workers": None, **option})


def test_an_object_that_is_no_policy_is_refused_before_the_first_episode():
    with pytest.raises(InvalidPolicyError):
        play(3, workers=None)


def test_a_task_is_given_by_value_id_or_suite():
    by_value = play(forward, workers=None, repeats=1)
    assert digests(ilbench.run(forward, tasks=[ilbench.task(TASK)], split=["test"], repeats=1)) == digests(
        by_value
    )
    with pytest.raises(UsageError, match="no task was named"):
        ilbench.run(forward)
    with pytest.raises(UnknownNameError, match="did you mean 'd3il'"):
        ilbench.run(forward, suite="d3li")


def test_progress_is_told_from_the_first_to_the_last_episode():
    heard = []
    play(forward, workers=None, repeats=3, progress=heard.append)
    assert [(one.done, one.total, one.record is None) for one in heard] == [
        (0, 3, True),
        (1, 3, False),
        (2, 3, False),
        (3, 3, False),
    ]


def test_an_error_in_the_caller_stops_an_object_run_that_then_resumes(tmp_path):
    def stop(progress):
        if progress.done == 4:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough") as caught:
        play(Drifter(), workers=None, out="run", progress=stop)
    assert caught.value.__notes__ == ["traceback: run/traceback.txt"]
    assert len(ilbench.load_run("run").records) == 4
    assert digests(play(Drifter(), workers=None, out="run")) == digests(play(Drifter(), workers=None))
    assert not (tmp_path / "run" / "traceback.txt").exists()


def test_scores_are_by_task_and_the_same_from_folder_and_value(wanderings):
    scores = ilbench.score(wanderings)
    assert list(scores) == [TASK]
    assert scores == ilbench.score(str(wanderings.path)) == ilbench.score(wanderings.path)
    assert scores[TASK].splits["test"].num_episodes == 9


def test_a_policy_is_not_better_than_itself(wanderings):
    found = ilbench.compare(wanderings, str(wanderings.path))
    assert found.comparisons[0].difference.value == 0.0


def test_runs_under_other_specs_are_not_compared(wanderings):
    from dataclasses import replace

    from ilbench.scores import MismatchedRecordsError

    header = wanderings.header.model_copy(update={"tasks": {TASK: "0" * 32}})
    with pytest.raises(MismatchedRecordsError, match="different specs of d3il/avoiding-v2"):
        ilbench.compare(wanderings, replace(wanderings, header=header))


def test_a_leaderboard_takes_runs_paths_and_sequences(wanderings):
    board = ilbench.leaderboard(wanderings, [play(forward, workers=None)], preset="full")
    assert {row.name for row in board.rows} == {"manners:Wanderer", "forward"}


def test_a_replay_ends_as_recorded_whatever_the_episode_is_called(wanderings, monkeypatch):
    monkeypatch.chdir(GUESTS)
    for episode in (3, "3", "test:0:2", f"{TASK}:test:0:2"):
        assert ilbench.replay(wanderings, episode).differences == ()


def test_the_replay_of_an_object_needs_a_name_for_it():
    with pytest.raises(UsageError, match="an object in memory, of which a run keeps only the digest"):
        ilbench.replay(play(Drifter(), workers=None, repeats=1), 1)


@pytest.mark.parametrize(("policy", "same"), [("Wanderer", True), ("SharesItsGenerator", False)])
def test_verify_finds_out_an_object_whose_rows_depend_on_each_other(policy, same):
    import manners

    (found,) = ilbench.verify(getattr(manners, policy)(), task=TASK)
    assert (found.same, found.num_episodes) == (same, 8)


def test_a_run_folder_is_loaded_by_text_or_path(wanderings):
    assert ilbench.load_run(str(wanderings.path)) == ilbench.load_run(wanderings.path)
    assert len(ilbench.load_runs(str(wanderings.path), wanderings.path)) == 2


def test_a_policy_is_told_the_names_of_the_states_components():
    told = {}

    class Listens(Drifter):
        def reset(self, seed, task):
            super().reset(seed, task)
            told.update(task)

    play(Listens(), workers=None, repeats=1)
    components = told["observation"]["state"]["components"]
    assert components == list(ilbench.task(TASK).observation[0].components)


def test_another_states_run_folder_is_refused_and_replaced_when_asked_to(tmp_path):
    play(forward, workers=None, repeats=1, out="run", name="mine")
    with pytest.raises(RunFolderError, match="or replace it with --overwrite"):
        play(Drifter(), workers=None, repeats=1, out="run", name="mine")
    with pytest.warns(UserWarning, match="replaced in run: the run of 'mine'"):
        play(Drifter(), workers=None, repeats=1, out="run", name="mine", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_training_and_own_packages_stand_in_the_header(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policy.py").write_text("def act(observation):\n    return [0.0, 0.01]\n")
    (tmp_path / "mine" / "submission.toml").write_text(
        f'name = "mine"\nentry = "policy:act"\npython = "{sys.executable}"\n'
    )
    header = play("./mine", repeats=1).header
    assert header.policy_packages["numpy"] == np.__version__
    assert header.training == {}
