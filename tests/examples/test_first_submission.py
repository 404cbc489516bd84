"""The first submission: its lines can be run, and its policy is fitted and played. The whole walk is slow."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import pytest

import ilbench
from ilbench.demonstrations import ensure_demonstrations
from ilbench.demonstrations.exports.npz import write

FOLDER = Path(__file__).parents[2] / "examples" / "first_submission"
TASK = "d3il/avoiding-v3"
lines_of = runpy.run_path(str(FOLDER / "walk.py"))["lines_of"]


@pytest.mark.parametrize("section", ["scikit-learn", "sb3"])
def test_the_walk_ends_with_a_checked_bundle(section):
    lines = lines_of(section)
    assert lines[0] == "python3 -m venv .venv"
    assert lines[-1].startswith(".venv/bin/ilbench leaderboard check mine-bundle")


def test_a_policy_of_scikit_learn_is_fitted_to_exported_demonstrations_and_played(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    ensure_demonstrations(TASK, count=4, workers=1)
    mine, data = tmp_path / "mine", tmp_path / "demonstrations.npz"
    shutil.copytree(FOLDER / "scikit_learn", mine)
    write(ilbench.load_demonstrations(TASK, count=4), data)
    monkeypatch.setattr(sys, "argv", ["train.py", str(data), str(mine / "weights.joblib")])
    runpy.run_path(str(mine / "train.py"))
    policy = runpy.run_path(str(mine / "policy.py"))["Policy"]
    played = ilbench.run(policy, task=TASK, split="test", repeats=2)
    assert [record.status for record in played.records] == ["ok", "ok"]
