"""The plain file of arrays, read back with NumPy alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ilbench.demonstrations import ensure_demonstrations, export_set, load_formats
from ilbench.demonstrations.exports.npz import FORMAT


@pytest.fixture
def ours(task, tmp_path):
    return ensure_demonstrations(task, count=3, noise=0.3, cache=tmp_path, workers=1)


@pytest.fixture
def written(ours, tmp_path):
    with np.load(export_set(ours, FORMAT, tmp_path / "out.npz"), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def parts(values, ends):
    return np.split(values, ends[:-1])


def test_every_number_of_every_demonstration_is_there(ours, written):
    for name in ours.trajectories[0].observations:
        rows = parts(written[f"observations/{name}"], written["observation_ends"])
        assert all(
            np.array_equal(a, t.observations[name]) for a, t in zip(rows, ours.trajectories, strict=True)
        )
    for name in ("actions", "expert_actions", "rewards"):
        rows = parts(written[name], written["ends"])
        assert all(np.array_equal(a, getattr(t, name)) for a, t in zip(rows, ours.trajectories, strict=True))


def test_what_is_true_of_a_whole_demonstration_is_there(ours, written):
    for name in ("success", "terminated", "context"):
        assert written[name].tolist() == [getattr(t, name) for t in ours.trajectories]
    assert written["mode"].tolist() == [-1 if t.mode is None else t.mode for t in ours.trajectories]
    assert [int(seed) for seed in written["seed"]] == [t.seed for t in ours.trajectories]


def test_the_file_says_whose_demonstrations_it_holds(ours, written):
    about = json.loads(str(written["about"]))
    assert (about["task"], about["checksum"]) == ("toys/shore-v1", ours.checksum)
    assert written["fields"].tolist() == list(about["fields"]) == ["position", "image", "grid", "bits"]
    assert about["action"]["components"] == ["speed"]


def test_the_same_demonstrations_make_the_same_bytes(ours, tmp_path):
    first, second = (export_set(ours, FORMAT, tmp_path / name).read_bytes() for name in ("a.npz", "b.npz"))
    assert first == second


def test_a_name_without_an_ending_is_kept(ours, tmp_path):
    calls = []
    path = export_set(ours, FORMAT, tmp_path / "plain", progress=lambda *call: calls.append(call))
    assert path.is_file()
    assert calls[-1] == (3, 3)


def test_it_is_a_format_of_the_command_line():
    assert load_formats()["npz"] is FORMAT
