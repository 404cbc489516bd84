from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from line import line_demonstrations
from point import POINT

from ilbench.baselines.checkpoint import load_learner, load_metadata
from ilbench.baselines.knn import NearestNeighbors, NeighborConfig, train
from ilbench.baselines.learner import Batch, InvalidConfigError
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.errors import CheckpointError, UsageError


def kept(**changes):
    """Keeps ten windows: what is seen at 0, 1, …, 9, and twice that is done."""
    config = NeighborConfig(history=1, chunk=2, execute=1, windows=10, **changes)
    learner = NearestNeighbors(POINT, config)
    places = torch.arange(10.0)
    actions = torch.stack([2 * places, 2 * places + 1], dim=1).unsqueeze(2)
    learner.fit_statistics(Batch({"state": places.view(10, 1, 1)}, actions, torch.ones(10, 2) > 0))
    return learner


def played(learner, place):
    policy = learner.policy()
    for lane in range(DEFAULT_WIDTH):
        policy.reset(lane, lane, POINT)
    rows = {"state": np.full((DEFAULT_WIDTH, 1, 1), place, np.float32)}
    return np.concatenate([policy.act(rows) for _ in range(20)]).ravel()


def test_the_nearest_window_is_played():
    assert set(played(kept(neighbors=1), 6.8)) == {14.0}


def test_each_of_the_nearest_windows_is_played_now_and_then():
    assert set(played(kept(neighbors=3), 6.8)) == {12.0, 14.0, 16.0}


def test_distances_are_those_of_z_scores():
    found = kept().distances({"state": torch.tensor([[[4.0]]])})[0]
    torch.testing.assert_close(found, (torch.arange(10.0) - 4).square() / np.var(np.arange(10)))


def test_a_checkpoint_plays_what_was_kept(tmp_path):
    given = line_demonstrations()
    folder = train("knn", given, folder=tmp_path / "knn")
    learner = load_learner(folder)
    assert len(learner.actions) == sum(len(trajectory) for trajectory in given.trajectories)
    assert load_metadata(folder).identity.config["windows"] == len(learner.actions)
    assert train("knn", given, folder=folder) == folder
    with pytest.raises(CheckpointError, match="another training"):
        train("knn", given, folder=folder, seed=1)


def test_steps_are_refused(tmp_path):
    with pytest.raises(UsageError, match="takes no gradient steps, found --steps 5"):
        train("knn", line_demonstrations(), folder=tmp_path, steps=5)


def test_pictures_are_refused():
    image = {**POINT["observation"]["state"], "shape": [64, 64, 3], "dtype": "uint8"}
    with pytest.raises(InvalidConfigError, match="knn compares states"):
        NeighborConfig.for_task({**POINT, "observation": {"image": image}})


def test_more_neighbors_than_windows_are_all_of_them():
    learner = kept(neighbors=1)
    learner.config = dataclasses.replace(learner.config, neighbors=500)
    assert len(set(played(learner, 3.0))) == 10


def test_a_row_is_answered_alike_in_any_lane():
    policy, rows = kept(neighbors=3).policy(), np.linspace(0, 9, DEFAULT_WIDTH, dtype=np.float32)
    found = []
    for shift in range(DEFAULT_WIDTH):
        for lane in range(DEFAULT_WIDTH):
            policy.reset(lane, (lane - shift) % DEFAULT_WIDTH, POINT)
        found.append(np.roll(policy.act({"state": np.roll(rows, shift).reshape(-1, 1, 1)}), -shift, axis=0))
    assert np.array_equal(found, [found[0]] * DEFAULT_WIDTH)
