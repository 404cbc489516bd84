"""DAPG's policies as experts: what happens without their weights, with others, and with the real ones."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks

if adroit_tasks.DOOR.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

from ilbench.demonstrations.rollout import rollout
from ilbench.errors import CorruptFileError, MissingWeightsError, UnknownNameError
from ilbench.tasks.manipulation.gymnasium_robotics import adroit_expert

SHAPES = {"W0": (32, 39), "b0": 32, "W1": (32, 32), "b1": 32, "W2": (28, 32), "b2": 28}
SCALES = {"in_shift": 39, "in_scale": 39, "out_shift": 28, "out_scale": 28}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    adroit_expert.weights_folder().mkdir(parents=True)
    return adroit_expert.weights_folder()


@pytest.mark.parametrize("task", adroit_tasks.TASKS, ids=[task.id for task in adroit_tasks.TASKS])
def test_an_expert_without_weights_says_how_to_get_them(home, task):
    name = task.id.split("/")[1].removesuffix("-v1")
    with pytest.raises(MissingWeightsError, match=rf"hand_dapg.*{name}-v0\.pickle.*ilbench adroit weights"):
        task.make_expert()


def test_other_weights_are_another_expert(home):
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape) for name, shape in (SHAPES | SCALES).items()}
    np.savez(home / "door-v0.npz", **arrays)
    with pytest.raises(CorruptFileError, match="other weights than DAPG's door-v0"):
        adroit_tasks.DOOR.make_expert()


def test_an_unknown_policy_is_refused(home):
    with pytest.raises(UnknownNameError, match="chess"):
        adroit_expert.load_weights(home / "chess-v0.npz", "chess")


@pytest.mark.parametrize("task", adroit_tasks.TASKS, ids=[task.id for task in adroit_tasks.TASKS])
def test_the_real_weights_solve_held_out_starts(home, human_data, task):
    for file in (human_data / "adroit").glob("*-v0.npz"):
        shutil.copyfile(file, home / file.name)
    env = task.make_env()
    shown = [rollout(task, env, task.make_expert(), i, i, split="test") for i in range(3)]
    env.close()
    assert [trajectory.success for trajectory in shown] == [True] * 3
