"""A run, played and filmed: how far it is, as its user hears it."""

from __future__ import annotations

import tempfile

import drawn
import numpy as np
import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.evaluation import make_header, open_run
from ilbench.runner.keepers.video import UnfilmableTaskError
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.playing import (
    MEMORY,
    check_filming,
    film,
    play_by_workers,
    play_here,
    play_in_memory,
    unheard,
)
from ilbench.runner.replay import VIDEOS, ReplayDiffersError
from ilbench.runner.submissions.submission import take_object
from ilbench.runs.plan import make_plan
from ilbench.testing.toys import HARBOR

EXPERT = PolicySpec(privileged=True)
RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")
TASK = drawn.TASK


def ahead(observation):
    return np.ones(1)


def header(task=TASK, contexts=3):
    plan = make_plan([task], splits=["test"], num_contexts=contexts, num_repeats=1)
    return make_header(take_object(ahead, (task.id,)), [task], plan, "custom")


def lineup(spec=EXPERT, task=TASK):
    return Lineup(tasks={task.id: task}, policies={task.id: spec})


def numbers(heard):
    return [(one.stage, one.done, one.total, one.record is not None) for one in heard]


WHOLE = [("episodes", done, 3, done > 0) for done in range(4)]


def test_progress_is_told_when_a_run_begins_and_after_each_episode(tmp_path):
    by_workers, here = [], []
    run = play_by_workers(open_run(tmp_path / "a", header()), lineup(), Resources(), by_workers.append)
    play_here(open_run(tmp_path / "b", header()), [TASK], ahead, None, here.append)
    assert numbers(by_workers) == numbers(here) == WHOLE
    assert {one.record for one in by_workers[1:]} == set(run.records)


def test_what_an_earlier_start_has_played_is_counted_as_done(tmp_path):
    def stop(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    begun = open_run(tmp_path / "run", header())
    with pytest.raises(KeyboardInterrupt):
        play_here(begun, [TASK], ahead, 1, stop)
    heard = []
    play_here(open_run(tmp_path / "run", header()), [TASK], ahead, 1, heard.append)
    assert numbers(heard) == [("episodes", 2, 3, False), ("episodes", 3, 3, True)]


def test_a_run_in_memory_is_whole_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run = play_in_memory(header(), [TASK], ahead, None, unheard)
    assert (run.complete, run.path) == (True, MEMORY)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def run(tmp_path):
    pytest.importorskip("av")
    return play_by_workers(open_run(tmp_path / "run", header()), lineup(), Resources(), unheard)


def test_videos_are_counted_as_they_are_made(run):
    heard = []
    film(run, lineup(), Resources(), 2, heard.append)
    assert numbers(heard) == [("videos", done, 2, done > 0) for done in range(3)]
    assert len(list((run.path / VIDEOS).iterdir())) == 2


def test_more_videos_than_episodes_are_as_many_as_the_episodes(run):
    heard = []
    film(run, lineup(), Resources(), 9, heard.append)
    assert heard[-1].total == len(list((run.path / VIDEOS).iterdir())) == 3


def test_episodes_that_end_otherwise_are_named_after_the_others_were_filmed(run):
    edited = [record.model_copy(update={"length": 1}) for record in run.records[:1]]
    changed = type(run)(path=run.path, header=run.header, records=(*edited, *run.records[1:]))
    with pytest.raises(
        ReplayDiffersError, match=r"1 episodes were not filmed.*toys/drawn-v1:test:0:0 in len"
    ):
        film(changed, lineup(), Resources(), 3, unheard)
    assert len(list((run.path / VIDEOS).iterdir())) == 2


def test_an_episode_without_a_picture_is_noted_with_the_reason(tmp_path):
    pytest.importorskip("av")
    task, heard = drawn.STRANDED, []
    begun = open_run(tmp_path / "run", header(task))
    run = play_by_workers(begun, lineup(task=task), Resources(), unheard)
    film(run, lineup(task=task), Resources(), 3, heard.append)
    aground = [r.context for r in run.records if r.status == "env_error"]
    (note,) = [one.note for one in heard if one.note]
    assert aground == [2]
    assert note.startswith("toys/stranded-v1:test:2:0 has no picture: RuntimeError: aground (drawn.py")


def test_only_tasks_whose_episodes_would_be_filmed_must_be_drawn():
    plan = make_plan([TASK, HARBOR], splits=["test"], num_contexts=2, num_repeats=1)
    check_filming(plan, [TASK, HARBOR], 2)
    with pytest.raises(UnfilmableTaskError, match="toys/harbor-v1"):
        check_filming(plan, [TASK, HARBOR], 3)
