from __future__ import annotations

import numpy as np
import pytest

from ilbench.runner.lane import EnvFaultError, Lane
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR, HarborEnv

EPISODE = Episode(EpisodeId(HARBOR.id, "test", 0, 0), 5)


@pytest.fixture
def observations():
    return {field.name: np.zeros((2, *field.shape), field.dtype) for field in HARBOR.observation}


@pytest.fixture
def lane(observations):
    lane = Lane(HARBOR, 1, HARBOR.make_env)
    lane.episode = EPISODE
    lane.reset(HARBOR.contexts("test")[0], observations)
    yield lane
    lane.close()


def sail(lane, observations, num_steps):
    lane.give(np.ones((num_steps, 1)), 0.25, 4)
    lane.play_chunk(1)


def test_an_episode_begins_with_the_first_observation_in_its_row_alone(lane, observations):
    assert observations["state"][1].any()
    assert not observations["state"][0].any()


def test_a_chunk_is_played_to_its_end_and_an_episode_to_its_own(lane, observations):
    sail(lane, observations, 2)
    assert (lane.ended, lane.record("policy_error", "why").length) == (False, 2)
    sail(lane, observations, HARBOR.horizon)
    assert (lane.ended, lane.record("ok", None).status) == (True, "ok")


def test_a_call_is_shared_by_its_lanes_and_waited_for_by_each(lane, observations):
    sail(lane, observations, 1)
    sail(lane, observations, 1)
    assert lane.record("policy_error", "why").times.policy_s == 0.125
    assert lane.asked_s == 0.5


def test_a_timeout_records_nothing_of_what_was_played(lane, observations):
    sail(lane, observations, 3)
    late = lane.record("timeout", "too slow")
    assert (late.length, late.success, late.policy_seed) == (0, False, EPISODE.policy_seed)


def test_a_cleared_lane_is_as_a_new_one(lane, observations):
    sail(lane, observations, 1)
    lane.clear(observations)
    assert (lane.episode, lane.ended, lane.asked_s) == (None, False, 0.0)
    assert not observations["state"].any()


def test_what_an_environment_raises_is_its_own_fault(observations):
    lane = Lane(HARBOR, 0, lambda: HarborEnv(current="strong"))
    lane.episode = EPISODE
    lane.reset(HARBOR.contexts("test")[0], observations)
    with pytest.raises(EnvFaultError, match="TypeError"):
        sail(lane, observations, 1)
    assert lane.record("env_error", "broken").success is None
