"""Policies of every form are played, and what makes no sense is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from drifting import Drifter, digests, forward, play

import ilbench
from ilbench.errors import InvalidPolicyError, RunFolderError, UsageError
from ilbench.runner.playing import MEMORY


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
    assert run.path == Path("runs/random-d3il-avoiding-v3-custom")
    assert run.header.submission.kind == "baseline"


def test_what_makes_no_sense_for_an_object_is_refused():
    for option in ({"workers": 2}, {"place": "process"}, {"videos": 1}):
        with pytest.raises(UsageError, match="means nothing for a policy that is an object"):
            play(Drifter(), **{"workers": None, **option})


def test_an_object_that_is_no_policy_is_refused_before_the_first_episode():
    with pytest.raises(InvalidPolicyError):
        play(3, workers=None)


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
