"""Demonstrations of others on their way in: what is not as the task would have shown it is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ilbench.contract.fields import ActionField
from ilbench.demonstrations import InvalidArchiveError, Trajectory
from ilbench.demonstrations.incoming import admitted, is_finite

BOUNDED = ActionField(shape=(1,), low=-1.0, high=1.0)


def shown(task, actions=(0.5, -0.5), **changes):
    values = np.array(actions, np.float32)[:, None]
    rows = {f.name: np.zeros((len(values) + 1, *f.shape), f.dtype) for f in task.observation}
    made = Trajectory(
        observations=rows,
        actions=values,
        expert_actions=values,
        rewards=np.zeros(len(values)),
        success=True,
        terminated=True,
        mode=None,
        context=-1,
        seed=0,
    )
    return replace(made, **changes)


def test_actions_beyond_the_limits_are_clipped_as_the_environment_does_and_their_steps_counted(task):
    task = replace(task, action=BOUNDED)
    back, num_clipped = admitted(task, shown(task, (1.0000001, 1.0, -7.0, 0.25)), "file")
    assert back.actions[:, 0].tolist() == back.expert_actions[:, 0].tolist() == [1, 1, -1, 0.25]
    assert num_clipped == 2


def test_what_lies_within_the_limits_comes_back_bit_for_bit(task):
    task = replace(task, action=BOUNDED)
    before = shown(task, np.linspace(-1, 1, 9))
    back, num_clipped = admitted(task, before, "file")
    assert (back.digest(), num_clipped) == (before.digest(), 0)


@pytest.mark.parametrize("name", ["position", "rewards", "actions", "expert_actions"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_named_by_field(task, name, value):
    good = shown(task)
    held = good.observations if name == "position" else {name: getattr(good, name)}
    bad = {name: np.full_like(held[name], value)}
    changes = {"observations": {**good.observations, **bad}} if name == "position" else bad
    with pytest.raises(InvalidArchiveError, match=f"file: '{name}': expected finite numbers"):
        admitted(task, replace(good, **changes), "file")


def test_numbers_are_finite_as_far_as_they_are_kept():
    assert is_finite(np.array([1e38, -1.0]))
    assert not is_finite(np.array([1e300]))
    assert is_finite(np.array([2**62]))


def test_a_field_of_another_shape_kind_or_name_is_refused(task):
    good = shown(task)
    for changes, problem in (
        ({"rewards": np.zeros(3)}, r"'rewards': expected float64 of shape \(2,\)"),
        ({"actions": good.actions.astype(float)}, "'actions': expected float32"),
        ({"observations": {}}, "observations .* expected"),
        ({"actions": good.actions[:0]}, "no step in it"),
    ):
        with pytest.raises(InvalidArchiveError, match=f"file: {problem}"):
            admitted(task, replace(good, **changes), "file")


def test_a_discrete_action_that_there_is_not_is_refused(task):
    task = replace(task, action=ActionField(num_actions=3))
    moves = np.array([0, 3])
    with pytest.raises(InvalidArchiveError, match="expected actions from 0 to 2, found 0 to 3"):
        admitted(task, replace(shown(task), actions=moves, expert_actions=moves), "file")
