"""What each number of a demonstration is called in a LeRobotDataset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ilbench.contract.fields import ActionField, Field
from ilbench.demonstrations import ExportError, Trajectory
from ilbench.demonstrations.exports.lerobot_features import features_of


@pytest.fixture
def two_vectors(task):
    fields = (Field(name="arm", shape=(2,), components=("x", "y")), Field(name="goal", shape=(1,)))
    return replace(task, observation=fields)


@pytest.fixture
def trajectory():
    rows = {"arm": np.arange(6, dtype=np.float32).reshape(3, 2), "goal": np.full((3, 1), 7, np.float32)}
    return Trajectory(
        observations=rows,
        actions=np.array([1, 2]),
        expert_actions=np.array([2, 2]),
        rewards=np.array([0.0, 1.0]),
        success=True,
        terminated=True,
        mode=None,
        context=0,
        seed=0,
    )


def by_name(task, **options):
    return {feature.name: feature for feature in features_of(task, **{"with_labels": False, **options})}


def test_vectors_are_one_state_and_without_a_picture_also_that_of_the_environment(two_vectors, trajectory):
    found = by_name(two_vectors)
    state, around = found["observation.state"], found["observation.environment_state"]
    assert state.names == around.names == ("arm.x", "arm.y", "goal.0")
    assert state.rows(trajectory).tolist() == [[0, 1, 7], [2, 3, 7]]


def test_pictures_are_videos_and_other_fields_arrays_under_their_names(task):
    found = by_name(task)
    assert found["observation.images.image"].is_video
    assert (found["observation.grid"].dtype, found["observation.grid"].shape) == ("uint8", (3, 3, 3))
    assert found["observation.state"].names == ("x",)
    assert "observation.environment_state" not in found


def test_a_whole_action_is_a_row_of_one(two_vectors, trajectory):
    action = by_name(replace(two_vectors, action=ActionField(num_actions=3)))["action"]
    assert (action.dtype, action.shape) == ("int64", (1,))
    assert action.rows(trajectory).tolist() == [[1], [2]]


def test_what_the_expert_wanted_is_told_where_asked_under_a_name_that_no_policy_learns(
    two_vectors, trajectory
):
    two_vectors = replace(two_vectors, action=ActionField(num_actions=3))
    assert "expert_action" not in by_name(two_vectors)
    assert by_name(two_vectors, with_labels=True)["expert_action"].rows(trajectory).tolist() == [[2], [2]]


def test_reward_end_and_success_are_those_of_each_step(two_vectors, trajectory):
    found = by_name(two_vectors)
    assert found["next.reward"].rows(trajectory).tolist() == [[0.0], [1.0]]
    for name in ("next.done", "next.success"):
        assert found[name].rows(trajectory).tolist() == [[False], [True]]
    assert not found["next.success"].rows(replace(trajectory, success=False)).any()


def test_names_that_would_meet_are_refused(task):
    clash = (*task.observation, Field(name="state", shape=(3, 3), dtype="uint8"))
    with pytest.raises(ExportError, match=r"toys/shore-v1: .* observation\.state"):
        features_of(replace(task, observation=clash), with_labels=False)
