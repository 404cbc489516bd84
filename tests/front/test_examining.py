"""Replays and verifications of runs and policies."""

from __future__ import annotations

import pytest
from drifting import GUESTS, TASK, Drifter, play

import ilbench
from ilbench.errors import UsageError


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
