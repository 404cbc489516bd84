"""A rehearsal keeps what a policy did, before the runner clipped it, and leaves nothing behind."""

from __future__ import annotations

import os

import numpy as np
import pytest

from ilbench.offspring import find_descendants
from ilbench.runner.faults import InvalidAction, PolicyFault
from ilbench.vetting import rehearsal
from ilbench.vetting.rehearsal import Patience, rehearse
from ilbench.vetting.stage import Stage

QUICK = Patience(timeout_s=20, load_timeout_s=60)


def play(spec, task, indices=range(8), num_lanes=8):
    with Stage(task, num_lanes) as stage:
        return rehearse(spec, stage, indices, num_lanes, QUICK)


def test_all_episodes_are_played_so_many_steps_or_to_their_end(spec, harbor):
    seen = play(spec("Careful"), harbor)
    assert len(seen.actions) == 8
    assert all(0 < len(actions) <= rehearsal.NUM_STEPS for actions in seen.actions.values())
    assert len(seen.call_s) == max(map(len, seen.actions.values()))


def test_the_same_index_is_the_same_episode_in_any_lane(spec, harbor):
    together = play(spec("Careful"), harbor)
    alone = play(spec("Careful"), harbor, [5], 1)
    assert np.array_equal(together.actions[5], alone.actions[5])


def test_entries_beyond_the_limits_are_counted_before_they_are_clipped(spec, harbor):
    seen = play(spec("Shouts"), harbor)
    assert seen.num_clipped == seen.num_entries == sum(map(len, seen.actions.values()))
    assert all(np.all(actions == 1) for actions in seen.actions.values())


def test_chunks_are_played_to_their_end(spec, harbor):
    seen = play(spec("Plans"), harbor)
    assert seen.chunk == 5
    assert max(map(len, seen.actions.values())) == 5 * len(seen.call_s)


def test_one_object_is_played_in_one_lane(spec, harbor):
    seen = play(spec("alone"), harbor)
    assert (seen.num_lanes, list(seen.actions)) == (1, [0])
    assert seen.note


@pytest.mark.parametrize(("policy", "fault"), [("Wide", InvalidAction), ("Fails", PolicyFault)])
def test_a_fault_is_raised_as_the_lane_has_it(spec, harbor, policy, fault):
    with pytest.raises(fault):
        play(spec(policy), harbor)


def test_it_stops_when_its_time_is_up(spec, harbor, monkeypatch):
    monkeypatch.setattr(rehearsal, "BUDGET_S", 0.05)
    assert len(play(spec("Slow"), harbor).call_s) < rehearsal.NUM_CALLS


def test_a_process_is_measured_and_ended(spec, harbor):
    before = find_descendants(os.getpid())
    seen = play(spec("Careful", place="process"), harbor)
    assert seen.memory_bytes > 5 << 20
    assert find_descendants(os.getpid()) <= before
