from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.task import Preset
from ilbench.errors import InvalidTaskError, UnknownNameError
from ilbench.tasks.disturbances import SHIFT_KINDS, disturbed

REST = 4
COUNTS = (5, 9)
FITTING = sorted(set(SHIFT_KINDS) - {"action-noise", "physics", "gravity", "damping", "camera"})
STEPS = 400


def with_shifts(task, kinds, **options):
    options = {"scales": {"count": [1.0] * 3}, "symbols": {"cells": COUNTS}, "rest": REST, **options}
    return disturbed(task, kinds, num_contexts=2, shift=Preset(num_contexts=2), **options)


@pytest.fixture
def walk(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "toys")
    return importlib.import_module("ilbench_toys.walk").TASK


@pytest.fixture
def task(walk):
    return with_shifts(walk, FITTING)


def play(task, disturbance=None, seed=3, actions=(1, 2, 3, 0) * (STEPS // 4)):
    """Returns the observations, stacked by field, and the executed actions."""
    env = task.make_env()
    context = {**task.contexts("test")[0], **({} if disturbance is None else {"disturbance": disturbance})}
    observation, _ = env.reset(seed=seed, options={"context": context})
    seen = [observation]
    for action in actions:
        observation, *_ = env.step(action)
        seen.append(observation)
    return {name: np.stack([o[name] for o in seen]) for name in observation}, env.state()


def same(first, second):
    return all(np.array_equal(first[0][name], second[0][name]) for name in first[0]) and np.array_equal(
        first[1], second[1]
    )


def test_severity_zero_is_the_environment_itself(task, walk):
    assert same(play(task), play(walk))
    assert same(play(task, {}), play(walk))


@pytest.mark.parametrize("kind", FITTING)
def test_a_disturbance_follows_from_the_seed_and_does_something(task, walk, kind):
    level = dict(SHIFT_KINDS[kind].levels[-1])
    assert same(play(task, level), play(task, level))
    assert not same(play(task, level), play(walk))
    if not kind.endswith("delay"):
        assert not same(play(task, level), play(task, level, seed=4))


@pytest.mark.parametrize("kind", FITTING)
def test_observations_keep_shape_and_dtype(task, kind):
    seen, _ = play(task, dict(SHIFT_KINDS[kind].levels[-1]), actions=(0,))
    assert {n: (v.shape[1:], v.dtype.name) for n, v in seen.items()} == {
        f.name: (f.shape, f.dtype) for f in task.observation
    }


def test_a_delayed_action_comes_after_rest(task):
    assert play(task, {"action_delay": 2}, actions=(1, 2, 3))[1].tolist() == [REST, REST, 1]


def test_an_action_that_sticks_for_ever_is_the_first(task):
    assert play(task, {"sticky_action": 1.0}, actions=(1, 2, 3))[1].tolist() == [1, 1, 1]


def test_sticky_actions_repeat_as_often_as_declared(task):
    executed = play(task, {"sticky_action": 0.25})[1]
    assert np.mean(executed[1:] == executed[:-1]) == pytest.approx(0.25, abs=0.07)


def test_random_actions_are_uniform_over_all(task):
    executed = play(task, {"random_action": 1.0}, actions=(0,) * 2000)[1]
    assert np.bincount(executed, minlength=5) / 2000 == pytest.approx([0.2] * 5, abs=0.04)
    assert np.mean(play(task, {"random_action": 0.5})[1] != play(task)[1]) == pytest.approx(0.4, abs=0.08)


def test_weak_actions_are_rest_as_often_as_declared(task):
    executed = play(task, {"action_gain": 0.6})[1]
    assert np.mean(executed == REST) == pytest.approx(0.4, abs=0.07)
    assert np.array_equal(executed[executed != REST], play(task)[1][executed != REST])


def test_dropped_cells_read_zero_to_the_end(task):
    cells = play(task, {"sensor_drop": 0.2})[0]["cells"]
    dropped = np.all(cells == 0, axis=(0, 3))
    assert dropped.sum() == 5
    assert np.all(cells[:, ~dropped] > 0)


def test_wrong_cells_show_symbols_that_there_are(task, walk):
    seen, true = play(task, {"sensor_noise": 0.3})[0]["cells"], play(walk)[0]["cells"]
    assert seen.reshape(-1, 2).max(axis=0).tolist() == [4, 8]
    is_wrong = np.any(seen != true, axis=-1)
    assert is_wrong.mean() == pytest.approx(0.3 * (1 - 1 / 45), abs=0.02)


def test_noise_on_a_picture_is_in_gray_levels(task, walk):
    seen, true = play(task, {"sensor_noise": 0.1}, actions=(0,) * 4)[0], play(walk, actions=(0,) * 4)[0]
    error = seen["image"].astype(float) - true["image"]
    assert error.std() == pytest.approx(6.4, rel=0.05)


def test_a_bias_is_a_constant_brightness_of_a_picture(task, walk):
    offsets = {
        seed: np.unique(
            play(task, {"sensor_bias": 0.5}, seed=seed, actions=(0,) * 4)[0]["image"].astype(int)
            - play(walk, actions=(0,) * 4)[0]["image"]
        )
        for seed in range(5)
    }
    assert all(len(found) == 1 and abs(found[0]) <= 32 for found in offsets.values())
    assert len({int(found[0]) for found in offsets.values()}) > 1


def test_a_dropped_frame_is_the_last_one_shown_for_every_field(task):
    seen = play(task, {"frame_drop": 0.5})[0]
    steps = seen["count"][:, 0] - 1
    assert np.array_equal(seen["image"][:, 0, 0, 0], (100 + steps) % 256)
    assert np.all((np.diff(steps) == 0) | (steps[1:] == np.arange(1, STEPS + 1)))
    assert np.mean(np.diff(steps) == 0) == pytest.approx(0.5, abs=0.08)


def test_a_delayed_observation_is_an_earlier_one(task, walk):
    seen, true = play(task, {"observation_delay": 3})[0], play(walk)[0]
    for name in seen:
        np.testing.assert_array_equal(seen[name][3:], true[name][:-3])


def test_fields_without_scale_or_symbols_are_left_alone(walk):
    bare = with_shifts(walk, ["sensor-noise"], scales={}, symbols=None)
    seen, true = play(bare, {"sensor_noise": 1.0})[0], play(walk)[0]
    assert np.array_equal(seen["cells"], true["cells"])
    assert np.array_equal(seen["count"], true["count"])


def test_what_does_not_fit_the_task_is_refused(walk):
    with pytest.raises(UnknownNameError, match="did you mean 'sticky-action'"):
        with_shifts(walk, ["sticky-actions"])
    with pytest.raises(InvalidTaskError, match="use the kind 'random-action'"):
        with_shifts(walk, ["action-noise"])
    with pytest.raises(InvalidTaskError, match="need `rest`"):
        with_shifts(walk, ["weak-action"], rest=None)


def test_physics_of_an_environment_without_a_model_is_an_error(task):
    with pytest.raises(AttributeError, match="physics"):
        play(task, {"gravity": 2.0})
