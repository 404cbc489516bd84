"""The stage: environments are built once, and no more of them than time allows."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest

from ilbench.vetting import stage as stage_module
from ilbench.vetting.rehearsal import Patience, rehearse
from ilbench.vetting.stage import FEWEST_LANES, Stage

QUICK = Patience(timeout_s=20, load_timeout_s=60)


@pytest.fixture
def built(harbor, monkeypatch):
    """Returns the environments that are built of the toy task from here on."""
    make, made = type(harbor).make_env, []
    monkeypatch.setattr(type(harbor), "make_env", lambda self: made.append(make(self)) or made[-1])
    return made


def test_rehearsals_share_the_environments_and_play_the_same_in_them(spec, harbor, built):
    with Stage(harbor, 8) as stage:
        first, again = (rehearse(spec("Careful"), stage, range(8), 8, QUICK) for _ in range(2))
        alone = rehearse(spec("Careful"), stage, [7], 1, QUICK)
    assert len(built) == 8
    assert all(np.array_equal(first.actions[index], again.actions[index]) for index in range(8))
    assert np.array_equal(first.actions[7], alone.actions[7])


def test_where_building_takes_long_there_are_fewer_lanes_in_every_rehearsal(spec, harbor, built, monkeypatch):
    monkeypatch.setattr(stage_module, "BUILD_S", 0.0)
    with Stage(harbor, 8) as stage:
        seen = [rehearse(spec("Careful"), stage, range(8), 8, QUICK) for _ in range(2)]
    assert [len(one.actions) for one in seen] == [FEWEST_LANES] * 2
    assert len(built) == FEWEST_LANES


def test_it_tells_what_goes_on(spec, harbor):
    told = []
    with Stage(harbor, 2, told.append) as stage:
        rehearse(spec("Careful"), stage, range(2), 2, QUICK)
    steps = ["the policy loads", "environment 1 of 2", "environment 2 of 2", "it plays"]
    assert told == [f"{harbor.id}: {step}" for step in steps]


def test_environments_are_closed_at_the_end(spec, harbor, built, monkeypatch):
    with Stage(harbor, 2) as stage:
        rehearse(spec("Careful"), stage, range(2), 2, QUICK)
        closed = Mock()
        for env in built:
            monkeypatch.setattr(env, "close", closed, raising=False)
    assert closed.call_count == 2
