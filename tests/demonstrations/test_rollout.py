import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.fields import ActionField
from ilbench.demonstrations.rollout import InvalidExpertActionError, expert_action, perturbation, rollout

BOUNDED = ActionField(shape=(1,), low=-2.0, high=4.0)
UNBOUNDED = ActionField(shape=(1,))
DISCRETE = ActionField(num_actions=5)


class Says:
    """An expert that returns one given value."""

    def __init__(self, value):
        self._value = value

    def act(self, observation):
        return self._value


@pytest.fixture
def task(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "toys")
    return importlib.import_module("ilbench_toys").TASK


def play(task, **options):
    return rollout(task, task.make_env(), task.make_expert(), 0, 7, **options)


def perturbed(action, noise, wanted, count=20_000):
    perturb = perturbation(action, noise, np.random.default_rng(0))
    return np.array([perturb(np.asarray(wanted)) for _ in range(count)])


def test_a_rollout_has_one_observation_more_than_actions(task):
    trajectory = play(task, mode=0)
    assert len(trajectory.observations["position"]) == len(trajectory) + 1
    assert trajectory.rewards == pytest.approx([-0.1] * len(trajectory))


def test_a_rollout_ends_at_the_first_success_in_the_mode_asked_for(task):
    trajectory = play(task, mode=1)
    positions = trajectory.observations["position"][:, 0]
    assert trajectory.success
    assert trajectory.terminated
    assert trajectory.mode == 1
    assert positions[-1] >= 1 > positions[-2]


@pytest.mark.parametrize("steps", [0, 2])
def test_a_rollout_may_end_some_steps_after_its_first_success(task, steps):
    ending = len(play(task, mode=1))
    going_on = replace(task, stops_on_success=False)
    assert len(play(going_on, mode=1, steps_after_success=steps)) == ending + steps
    assert len(play(going_on, mode=1)) == going_on.horizon


def test_a_rollout_without_success_is_as_long_as_the_horizon(task):
    trajectory = play(replace(task, horizon=3), mode=0)
    assert (len(trajectory), trajectory.success, trajectory.terminated) == (3, False, False)


def test_a_rollout_repeats_itself_in_a_used_environment(task):
    env, expert = task.make_env(), task.make_expert()
    first, _, again = (rollout(task, env, expert, 0, seed, noise=0.3) for seed in (7, 8, 7))
    assert first.digest() == again.digest()


def test_noise_is_executed_while_the_label_stays_the_experts(task):
    clean, noisy = play(task, mode=0), play(task, mode=0, noise=0.3)
    assert np.array_equal(clean.actions, clean.expert_actions)
    assert set(noisy.expert_actions.ravel()) == set(clean.actions.ravel())
    moved = np.diff(noisy.observations["position"], axis=0)
    assert moved == pytest.approx(0.1 * noisy.actions, abs=1e-6)
    assert not np.array_equal(noisy.actions, noisy.expert_actions)


def test_bounded_noise_is_relative_to_half_the_range():
    assert perturbed(BOUNDED, 0.1, [1.0]).std() == pytest.approx(0.3, rel=0.03)


def test_unbounded_noise_is_in_action_units():
    assert perturbed(UNBOUNDED, 0.1, [100.0]).std() == pytest.approx(0.1, rel=0.03)


def test_noise_never_leaves_the_bounds():
    actions = perturbed(BOUNDED, 2.0, [3.9])
    assert (actions.min(), actions.max()) == (-2.0, 4.0)


def test_discrete_noise_is_the_probability_of_a_uniform_action():
    actions = perturbed(DISCRETE, 0.5, 3)
    shares = np.bincount(actions, minlength=5) / len(actions)
    assert shares == pytest.approx([0.1, 0.1, 0.1, 0.6, 0.1], abs=0.015)


def test_an_experts_action_is_clipped_as_a_policys_would_be(task):
    assert expert_action(task, Says([7.5]), {}) == np.float32(1.0)


@pytest.mark.parametrize("value", [[0.1, 0.2], [float("nan")], [float("inf")]])
def test_an_impossible_expert_action_is_named(task, value):
    with pytest.raises(InvalidExpertActionError, match="expert of toys/shore-v1"):
        expert_action(task, Says(value), {})


@pytest.mark.parametrize("value", [-1, 5, 1.5])
def test_an_action_out_of_a_discrete_range_is_named(task, value):
    with pytest.raises(InvalidExpertActionError, match=r"\[0, 5\)"):
        expert_action(replace(task, action=DISCRETE), Says(value), {})
