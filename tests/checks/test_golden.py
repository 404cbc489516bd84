"""Golden trajectories: recorded, replayed, compared; and those that ship, on every task."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from ilbench.checks.golden import (
    NUM_EXPERT_ACTIONS,
    GoldenTrajectoryError,
    record_golden,
    replay_golden,
    write_golden,
)
from ilbench.contract.registry import load_registry
from ilbench.contract.shipped import load_resource

REGISTRY = load_registry()


def edited(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    load_resource.cache_clear()


def test_a_recording_is_the_same_twice(task):
    assert record_golden(task) == record_golden(task)


def test_a_recording_has_the_experts_actions_and_then_others(task):
    golden = record_golden(task)
    steps = [checkpoint["step"] for checkpoint in golden["checkpoints"]]
    assert len(golden["actions"]) == 60
    assert steps == [0, 10, 20, 30, 40, 50, 60]
    assert len({action[0] for action in golden["actions"][:30]}) == 1
    assert len({action[0] for action in golden["actions"][30:]}) == 30


def test_an_unchanged_environment_replays_bit_for_bit(task):
    write_golden(task)
    assert replay_golden(task).verdict == "identical"


def test_a_changed_environment_drifts_from_the_first_checkpoint_after_the_change(task):
    write_golden(task)
    result = replay_golden(replace(task, env_options={"drift": 0.01}))
    assert (result.verdict, result.step) == ("drifted", 10)
    assert "simulator" in result.parts
    assert result.difference > 0.05


def test_rounding_is_close_and_not_drift(task):
    without_pixels = replace(task, observation=task.observation[:1])
    write_golden(without_pixels)
    result = replay_golden(replace(without_pixels, env_options={"drift": 1e-12}))
    assert (result.verdict, result.parts[0]) == ("close", "simulator")
    assert 0 < result.difference < 1e-6


def test_a_changed_picture_of_an_unchanged_state_drifts(task):
    path = write_golden(task)
    checkpoints = json.loads(path.read_text())["checkpoints"]
    checkpoints[2]["digests"]["observation image"] = "another"
    edited(path, checkpoints=checkpoints)
    result = replay_golden(task)
    assert (result.verdict, result.step, result.parts) == ("drifted", 20, ("observation image",))


def test_an_episode_that_ends_elsewhere_drifts(task):
    path = write_golden(task)
    edited(path, actions=json.loads(path.read_text())["actions"][:40])
    assert replay_golden(task).verdict == "drifted"


def test_a_task_without_a_golden_trajectory_says_so(task):
    with pytest.raises(GoldenTrajectoryError, match="toys/shore-v1"):
        replay_golden(task)


def changed(monkeypatch, name, change):
    """Makes the toy environment return another info or reward, at the same states."""
    env = sys.modules["ilbench_toys.shore"].ShoreEnv
    original = getattr(env, name)
    monkeypatch.setattr(env, name, lambda self, *args: change(original(self, *args)))


def test_another_success_at_the_same_states_drifts(task, monkeypatch):
    write_golden(task)
    changed(monkeypatch, "_info", lambda info: {**info, "success": False})
    result = replay_golden(task)
    assert (result.verdict, result.parts) == ("drifted", ("outcome",))


def test_another_reward_at_the_same_states_drifts(task, monkeypatch):
    write_golden(task)
    changed(monkeypatch, "step", lambda found: (found[0], -0.2, *found[2:]))
    result = replay_golden(task)
    assert (result.verdict, result.step, result.parts) == ("drifted", 10, ("reward",))


def test_random_actions_are_of_the_size_that_the_task_declares(task):
    small = replace(task, action=replace(task.action, low=None, high=None, scale=0.01))
    drawn = np.abs(record_golden(small)["actions"][NUM_EXPERT_ACTIONS:])
    assert 0.005 < drawn.max() <= 0.01
