"""The file of d3rlpy's replay buffers, read back with h5py as its own loader does."""

from __future__ import annotations

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from ilbench.contract.fields import ActionField
from ilbench.demonstrations import ensure_demonstrations, export_set, load_formats
from ilbench.demonstrations.exports.d3rlpy import FORMAT


@pytest.fixture
def ours(task, tmp_path):
    return ensure_demonstrations(task, count=2, noise=0.3, cache=tmp_path, workers=1)


@pytest.fixture
def file(ours, tmp_path):
    with h5py.File(export_set(ours, FORMAT, tmp_path / "out.h5")) as opened:
        yield opened


def test_it_has_the_columns_and_the_layout_that_its_loader_asks_for(file):
    assert [name.decode() for name in file["columns"]] == ["observations", "actions", "rewards", "terminated"]
    assert (file["num_episodes"][()], file["version"][()]) == (2, b"2.1")


def test_several_fields_are_a_tuple_in_the_order_of_the_task(ours, file):
    for index, trajectory in enumerate(ours.trajectories):
        for number, name in enumerate(("position", "grid", "bits")):
            place = {"position": 0, "grid": 2, "bits": 3}[name]
            assert np.array_equal(
                file[f"observations_{index}_{place}"], trajectory.observations[name][:-1]
            ), number


def test_pictures_are_channels_first(ours, file):
    for index, trajectory in enumerate(ours.trajectories):
        pictures = trajectory.observations["image"][:-1]
        assert np.array_equal(file[f"observations_{index}_1"], pictures.transpose(0, 3, 1, 2))


def test_actions_rewards_and_ends_are_those_of_the_demonstrations(ours, file):
    for index, trajectory in enumerate(ours.trajectories):
        assert np.array_equal(file[f"actions_{index}"], trajectory.actions)
        assert np.array_equal(file[f"expert_actions_{index}"], trajectory.expert_actions)
        assert np.array_equal(file[f"rewards_{index}"], trajectory.rewards.astype(np.float32)[:, None])
        assert file[f"terminated_{index}"][()] == trajectory.terminated


def test_what_the_expert_wanted_is_left_out_where_it_was_executed(task, tmp_path):
    plain = ensure_demonstrations(task, count=2, noise=0.0, cache=tmp_path, workers=1)
    with h5py.File(export_set(plain, FORMAT, tmp_path / "plain.h5")) as file:
        assert not [name for name in file if name.startswith("expert")]


def test_one_field_is_no_tuple_and_a_whole_action_a_row_of_one(ours, tmp_path):
    task = replace(ours.task, observation=ours.task.observation[:1], action=ActionField(num_actions=3))
    whole = [replace(t, actions=np.arange(len(t)) % 3) for t in ours.trajectories]
    FORMAT.write(replace(ours, task=task, trajectories=tuple(whole)), tmp_path / "whole.h5")
    with h5py.File(tmp_path / "whole.h5") as file:
        assert file["observations_0"].shape == (len(whole[0]), 1)
        assert file["actions_0"][:, 0].tolist() == whole[0].actions.tolist()


def test_the_file_says_whose_demonstrations_it_holds(ours, file):
    assert json.loads(file.attrs["ilbench"])["checksum"] == ours.checksum
    assert load_formats()["d3rlpy"] is FORMAT
