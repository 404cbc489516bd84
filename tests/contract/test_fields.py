"""Fields: ranges, draws, clipping and spaces of actions, and what a policy is told."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.registry import load_registry
from ilbench.errors import InvalidTaskError

BOUNDED = ActionField(shape=(2,), low=-2.0, high=4.0)
FREE = ActionField(shape=(2,), scale=0.01, reach=0.05)
DISCRETE = ActionField(num_actions=5)


@pytest.mark.parametrize("field", [BOUNDED, FREE, DISCRETE])
def test_actions_drawn_at_once_are_those_drawn_one_by_one(field):
    one_by_one, at_once = np.random.default_rng(3), np.random.default_rng(3)
    drawn = [field.sample(one_by_one) for _ in range(50)]
    assert np.array_equal(drawn, field.sample(at_once, 50))


@pytest.mark.parametrize("field", [BOUNDED, FREE, DISCRETE])
def test_a_drawn_action_is_one_of_the_space(field):
    action = field.sample(np.random.default_rng(0))
    assert field.space().contains(action)
    assert (action.shape, action.dtype.name) == (field.shape, field.dtype)


def test_draws_fill_the_usual_range():
    for field, (low, high) in ((BOUNDED, (-2, 4)), (FREE, (-0.01, 0.01))):
        drawn = field.sample(np.random.default_rng(0), 5000)
        assert field.usual_range == (low, high)
        assert drawn.min() == pytest.approx(low, abs=0.01 * (high - low))
        assert drawn.max() == pytest.approx(high, abs=0.01 * (high - low))


def test_clipping_is_at_the_limits_and_nowhere_without_them():
    action = np.array([-9.0, 9.0])
    assert BOUNDED.clip(action).tolist() == [-2, 4]
    assert FREE.clip(action).tolist() == [-9, 9]
    assert BOUNDED.clip(action).dtype == FREE.clip(action).dtype == np.float32


def test_bounds_are_finite_and_hold_the_demonstrations():
    assert BOUNDED.bounds == (-2, 4)
    assert FREE.bounds == (-0.05, 0.05)
    assert ActionField(shape=(2,), scale=3.0).bounds == (-3, 3)


def test_the_space_is_unbounded_where_the_action_is():
    assert FREE.space() == gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    assert BOUNDED.space() == gym.spaces.Box(-2, 4, (2,), np.float32)
    assert DISCRETE.space() == gym.spaces.Discrete(5)


def test_noise_is_measured_in_half_ranges_or_in_the_actions_unit():
    assert (BOUNDED.noise_unit, FREE.noise_unit) == (3, 1)


@pytest.mark.parametrize("limits", [{"low": 0.0}, {"high": 0.0}])
def test_one_limit_alone_is_refused(limits):
    with pytest.raises(InvalidTaskError, match="two limits or none"):
        ActionField(shape=(1,), **limits)


@pytest.mark.parametrize("field", [BOUNDED, FREE, DISCRETE])
def test_a_field_comes_back_from_its_description(field):
    assert ActionField.from_description(field.describe()) == field


def test_a_policy_is_told_units_and_the_names_of_components():
    field = Field(name="state", shape=(2,), unit="m", components=("x", "y"), description="Where.")
    told = {"shape": [2], "dtype": "float32", "unit": "m", "components": ["x", "y"]}
    assert field.describe() == told


def test_every_task_without_limits_says_how_far_its_demonstrations_reach():
    for task in load_registry().values():
        if task.action.num_actions is None and not task.action.is_bounded:
            experts = np.abs(task.golden()["actions"][:30])
            assert task.action.reach is not None
            assert experts.max() <= task.action.reach
