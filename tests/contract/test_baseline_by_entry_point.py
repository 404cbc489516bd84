"""A method from outside, by its name alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from made_up import install

import ilbench
from ilbench.contract.baseline import find_baseline
from ilbench.digest import json_digest
from ilbench.errors import DuplicateNameError

METHOD = """
import numpy as np
from ilbench.contract.baseline import Baseline

class Coin:
    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)
        self.shape = task["action"]["shape"]
    def act(self, observation):
        return self.rng.choice([-1.0, 1.0], self.shape)

VALUE = Baseline(name="coin", summary="Full speed to a side.", entry="lab:Coin", distribution="lab")
"""
TASK = "ilbench.testing.toys:HARBOR"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "lab", raising=False)
    return tmp_path


def command_line(lab, *arguments):
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(lab)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_it_is_one_file_of_nine_lines_and_plays_from_the_command_line_and_from_python(lab):
    assert install(lab, "baselines", METHOD) == 9
    assert sorted(path.name for path in lab.iterdir()) == ["lab-1.0.dist-info", "lab.py"]
    ran = command_line(lab, "run", "coin", "--task", TASK, "--split", "test", "--contexts", "3", "--out", "a")
    assert "run folder: a" in ran.stdout, ran.stderr
    runs = ilbench.load_run("a"), ilbench.run("coin", task=TASK, split="test", contexts=3, out="b")
    first, second = ([record.digest() for record in run.records] for run in runs)
    assert first == second


def test_its_run_says_who_it_is_and_at_which_version_of_its_distribution(lab):
    install(lab, "baselines", METHOD)
    info = ilbench.run("coin", task=TASK, split="test", contexts=1).header.submission
    assert (info.name, info.kind, info.training_seed) == ("coin", "baseline", None)
    assert info.digest == find_baseline("coin").digest({}) == json_digest({"version": "1.0"})


def test_it_is_suggested_like_one_of_this_project(lab):
    install(lab, "baselines", METHOD)
    answer = command_line(lab, "run", "coyn", "--task", TASK)
    assert answer.returncode == 2
    assert "no baseline named 'coyn'; did you mean 'coin'?" in answer.stderr


def test_a_name_that_is_taken_is_refused(lab):
    install(lab, "baselines", METHOD.replace('"coin"', '"random"'))
    with pytest.raises(DuplicateNameError, match="random"):
        find_baseline("random")
