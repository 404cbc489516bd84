"""Quality of demonstrations: closed forms on small arrays, and properties on real tasks."""

import importlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.contract.fields import ActionField
from ilbench.contract.registry import find_task
from ilbench.contract.shipped import Reference
from ilbench.demonstrations import Trajectory, ensure_demonstrations, inspect_trajectories
from ilbench.demonstrations.neighbors import measure_neighborhoods
from ilbench.demonstrations.quality import (
    measure_coverage,
    mode_balance,
    num_duplicates,
    trajectory_quality,
)
from ilbench.errors import EmptyScoreError

TOYS = Path(__file__).parents[1] / "toys"
MOVE = ActionField(shape=(1,), low=-2.0, high=2.0)
PRESS = ActionField(num_actions=3)


def trajectory(states, actions, **changes):
    """A demonstration with these observed states, one more than actions."""
    actions = np.array(actions)
    made = Trajectory(
        observations={"x": np.array(states)},
        actions=actions,
        expert_actions=actions,
        rewards=np.ones(len(actions)),
        success=True,
        terminated=True,
        mode=None,
        context=0,
        seed=0,
    )
    return replace(made, **changes)


def walk(*states, actions=None, **changes):
    """A demonstration on a line, of real numbers."""
    moved = [[a] for a in actions] if actions else [[0.0]] * (len(states) - 1)
    return trajectory([[float(s)] for s in states], np.array(moved, np.float32), **changes)


@pytest.fixture
def task(monkeypatch):
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setenv("PYTHONPATH", str(TOYS))
    return importlib.import_module("ilbench_toys").TASK


def references(random, expert):
    pair = {"random": random, "expert": expert}
    return {n: Reference(mean_return=r, success_rate=0.0, num_episodes=9) for n, r in pair.items()}


def test_trajectory_quality_maps_random_on_0_and_expert_on_1():
    assert trajectory_quality(2.0, references(-2.0, 6.0)) == 0.5
    assert trajectory_quality(8.0, references(-2.0, 6.0)) == 1.25
    assert trajectory_quality(2.0, references(1.0, 1.0)) is None
    assert trajectory_quality(2.0, {}) is None


def test_whole_numbers_are_counted_exactly():
    first = trajectory([[0], [1], [0], [1], [2]], [0, 1, 0, 2])
    cover = measure_coverage([first])
    assert (cover.num_steps, cover.num_states, cover.num_state_actions) == (4, 2, 3)
    assert (cover.num_binned, cover.saco) == (0, 1.0)


def test_the_last_observation_that_no_action_answers_is_no_state():
    assert measure_coverage([trajectory([[0], [9]], [0])]).num_states == 1


def test_real_numbers_are_binned_between_the_limits_of_all_sets():
    narrow = [walk(0.0, 0.1, 0.2, 0.3, 0.0)]
    wide = [walk(0.0, 10.0, 0.0)]
    assert measure_coverage(narrow, num_bins=10).num_states == 4
    assert measure_coverage(narrow, [wide], num_bins=10).num_states == 1


def test_saco_is_the_share_of_the_union():
    few = [trajectory([[0], [1], [2]], [0, 0])]
    more = [trajectory([[0], [1], [2], [3], [4]], [0, 1, 1, 1])]
    assert measure_coverage(few, [more]).saco == pytest.approx(2 / 5)
    assert measure_coverage(more, [few]).saco == pytest.approx(4 / 5)
    assert measure_coverage(few, [few]).saco == 1


def test_coverage_does_not_depend_on_the_order_of_demonstrations():
    rng = np.random.default_rng(0)
    parts = [walk(*rng.normal(size=9)) for _ in range(5)]
    assert measure_coverage(parts) == measure_coverage(parts[::-1])


def test_mode_balance_by_hand():
    modes = [walk(0, 1, mode=mode) for mode in (0, 0, 1, 1, None)]
    balance = mode_balance(modes, 4)
    assert (balance.entropy, balance.counts, balance.num_undecided) == (pytest.approx(0.5), {0: 2, 1: 2}, 1)
    assert mode_balance(modes, 2).entropy == pytest.approx(1)
    assert 0.7 < mode_balance(modes, 2).chance < 1
    assert mode_balance([walk(0, 1)], 2).entropy is None


def test_duplicates_repeat_an_earlier_demonstration_step_for_step():
    same = [walk(0, 1, 2), walk(0, 1, 2, seed=7), walk(0, 1, 3), walk(0, 1, 2, actions=[1.0, 0.0])]
    assert num_duplicates(same) == 1


def test_nothing_is_said_of_no_demonstrations(task):
    for nothing in ([], [walk(0)]):
        with pytest.raises(EmptyScoreError):
            inspect_trajectories(task, nothing)


def test_the_toys_demonstrations_are_inspected_whole(task, tmp_path):
    made = ensure_demonstrations(task, cache=tmp_path, workers=1)
    quality = inspect_trajectories(task, made.trajectories)
    assert (quality.num_demonstrations, quality.num_steps) == (8, made.num_steps)
    assert (quality.num_contexts, quality.num_train_contexts, quality.success_rate) == (4, 4, 1.0)
    assert quality.modes.counts == made.mode_counts
    assert quality.modes.entropy == pytest.approx(1)
    assert quality.coverage.num_binned == 2  # position and speed; the other fields are whole numbers
    doubled = inspect_trajectories(task, made.trajectories * 2)
    assert doubled.num_duplicates == quality.num_duplicates + 8
    assert doubled.coverage.num_state_actions == quality.coverage.num_state_actions


@pytest.mark.parametrize("name", ["navigation/pointmaze-umaze-v1", "minigrid/door-key-8x8-v1"])
def test_an_experts_demonstrations_have_its_return_and_agree_more_than_random_labels(name, tmp_path):
    task = find_task(name)
    made = ensure_demonstrations(task, cache=tmp_path, workers=1, count=16)
    quality = inspect_trajectories(task, made.trajectories)
    assert 0.9 < quality.trajectory_quality < 1.1
    assert quality.num_duplicates == 0
    assert (quality.coverage.num_binned == 0) == (task.suite == "minigrid")
    rng = np.random.default_rng(0)
    random = [replace(t, expert_actions=redrawn(t, task.action, rng)) for t in made.trajectories]
    assert quality.neighborhoods.action_variance < measure_neighborhoods(random, task.action).action_variance


def redrawn(demonstration, action, rng):
    size = demonstration.actions.shape
    if action.num_actions is not None:
        return rng.integers(action.num_actions, size=size)
    return rng.uniform(action.low, action.high, size=size)


def test_inspect_shows_a_table_and_json(task, tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path))
    shown = CliRunner().invoke(app, ["demos", "inspect", "ilbench_toys:TASK", "--count", "4"])
    assert shown.exit_code == 0
    for line in ("trajectory quality", "action variance", "mode balance", "duplicates"):
        assert line in shown.output
    said = CliRunner().invoke(app, ["demos", "inspect", "ilbench_toys:TASK", "--count", "4", "--json"])
    assert json.loads(said.stdout)["num_demonstrations"] == 4
