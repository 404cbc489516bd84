"""Policies as imitation saves them, here of Stable-Baselines3; with its own, see test_libraries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from adapting import observed, told
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy

from ilbench.guest.adapters.imitation import Policy
from ilbench.guest.adapters.mapping import MappingError

CLASS = "stable_baselines3.common.policies:ActorCriticPolicy"


@pytest.fixture(scope="module")
def policy():
    torch.manual_seed(0)
    box = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    return ActorCriticPolicy(box, spaces.Box(-1, 1, (1,), np.float32), lambda _: 1e-3, net_arch=[32, 32])


@pytest.fixture
def saved(policy, tmp_path):
    torch.save(policy, tmp_path / "whole.pt")
    policy.save(tmp_path / "state.pt")
    return tmp_path


@pytest.mark.parametrize(("file", "options"), [("whole.pt", {}), ("state.pt", {"policy_class": CLASS})])
def test_actions_are_those_of_predict_on_a_thousand_observations(policy, saved, file, options):
    ours = Policy(str(saved / file), told(inputs={"observation": {"field": "state"}}), **options)
    for rows in observed():
        assert np.abs(ours.act(rows) - policy.predict(rows["state"], deterministic=True)[0]).max() <= 1e-6


def test_a_policy_that_draws_draws_from_the_seed_of_each_lane(saved):
    ours = Policy(
        str(saved / "whole.pt"), told(inputs={"observation": {"field": "state"}}), deterministic=False
    )
    rows = {"state": np.zeros((2, 2), np.float32)}

    def first(seeds):
        for lane, seed in enumerate(seeds):
            ours.reset(lane, seed, {})
        return ours.act(rows)[:, 0].tolist()

    assert first([1, 2]) == first([2, 1])[::-1]
    assert first([1, 2])[0] != first([1, 2])[1]


def test_a_file_of_something_else_is_named(tmp_path):
    torch.save([1], tmp_path / "list.pt")
    with pytest.raises(MappingError, match="found a list"):
        Policy(str(tmp_path / "list.pt"), told(inputs={"observation": {"field": "state"}}))
