"""Neighborhoods: closed forms on small arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ilbench.contract.fields import ActionField
from ilbench.demonstrations import Trajectory
from ilbench.demonstrations.neighbors import make_steps, measure_neighborhoods
from ilbench.errors import EmptyScoreError

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


def test_alike_states_with_alike_actions_have_no_action_variance():
    alike = [walk(0, 1, 2, actions=[1.0, -1.0]) for _ in range(4)]
    near = measure_neighborhoods(alike, MOVE, 2)
    assert (near.action_variance, near.transition_diversity, near.distance) == pytest.approx((0, 0, 0))


def test_action_variance_of_two_habits_by_hand():
    habits = [walk(0, 1, actions=[2.0]), walk(0, 1, actions=[-2.0]), walk(0, 1, actions=[2.0])]
    # In half ranges the actions are 1, -1, 1: two of the three see the other two differ, one sees none.
    assert measure_neighborhoods(habits, MOVE, 2).action_variance == pytest.approx((1 + 0 + 1) / 3)


def test_action_variance_of_discrete_actions_is_1_less_the_squared_shares():
    habits = [trajectory([[0.0], [1.0]], [action]) for action in (0, 1, 2)]
    assert measure_neighborhoods(habits, PRESS, 2).action_variance == pytest.approx(1 - 2 * 0.25)


def test_labels_and_not_executed_noise_make_the_action_variance():
    noisy = [
        walk(0, 1, actions=[a], expert_actions=np.array([[1.0]], np.float32)) for a in (-1.0, 0.0, 1.0, 2.0)
    ]
    assert measure_neighborhoods(noisy, MOVE, 3).action_variance == 0


def test_transition_diversity_is_the_variance_of_what_follows():
    still = [walk(0, 5, end) for end in (5, 5, 5)]
    moved = [walk(0, 5, end) for end in (4, 5, 6)]
    assert measure_neighborhoods(still, MOVE, 2).transition_diversity == pytest.approx(0)
    # The states are 0 and 5, so a standard deviation is 2.5; after 5 follow two of 4, 5, 6.
    expected = (0 + np.mean([0.25, 1.0, 0.25]) / 2.5**2) / 2
    assert measure_neighborhoods(moved, MOVE, 2).transition_diversity == pytest.approx(expected)


def test_neighbors_are_of_other_demonstrations_and_one_of_each():
    close = walk(*np.linspace(0, 0.01, 50))
    near = measure_neighborhoods([close, walk(1, 1), walk(1, 1)], MOVE, 10)
    assert near.num_neighbors == 2
    assert near.distance > 1
    with pytest.raises(EmptyScoreError, match="2 demonstrations"):
        measure_neighborhoods([close, close], MOVE)


def test_many_steps_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr("ilbench.demonstrations.neighbors.MAX_STATES", 10)
    steps = make_steps([walk(*range(101)) for _ in range(2)], MOVE)
    assert np.bincount(steps.trajectory).tolist() == [5, 5]
    assert (steps.next_states > steps.states).all()
