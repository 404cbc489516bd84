"""What is said of robomimic's policies before they are loaded; with itself, see test_libraries."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.contract.registry import find_task
from ilbench.guest.adapters.mapping import FieldMapping, ModelInput
from ilbench.guest.adapters.robomimic import inputs_of, one_row, with_components

KEYS = ("robot0_eef_pos", "robot0_eef_quat", "object")
OBJECT = {"field": "state", "components": ["cube_pos", "cube_quat", "gripper_to_cube_pos"]}


@pytest.fixture(scope="module")
def task():
    return find_task("robosuite/lift-v2").description()


def fed(told, **shapes):
    inputs = [ModelInput(key, (size,), "float32") for key, size in shapes.items()]
    rows = np.arange(19, dtype=np.float32)[None]
    return {name: v[0].tolist() for name, v in FieldMapping(told).bind(inputs)({"state": rows}).items()}


def test_keys_that_are_components_of_a_vector_feed_themselves(task):
    told = with_components({"task": task}, KEYS[:2])
    assert fed(told, robot0_eef_pos=3, robot0_eef_quat=4) == {
        "robot0_eef_pos": [0, 1, 2],
        "robot0_eef_quat": [3, 4, 5, 6],
    }


def test_what_has_another_name_there_is_said_and_the_rest_still_feeds_itself(task):
    told = with_components({"task": task, "inputs": {"object": OBJECT}}, KEYS)
    assert list(told["inputs"]) == ["object", "robot0_eef_pos", "robot0_eef_quat"]
    assert fed(told, robot0_eef_pos=3, robot0_eef_quat=4, object=10)["object"] == list(range(9, 19))


def test_a_key_that_nothing_feeds_leaves_the_mapping_as_it_was_said(task):
    assert with_components({"task": task}, KEYS)["inputs"] == {}


def test_inputs_stand_in_the_order_of_the_checkpoint_with_their_frames():
    shapes = {"object": [10], "robot0_eef_pos": [3]}
    settings = {"observation": {"modalities": {"obs": {"low_dim": ["robot0_eef_pos", "object"], "rgb": []}}}}
    found = inputs_of({"shape_metadata": {"all_shapes": shapes}}, settings, frames=5)
    assert found == [
        ModelInput("object", (5, 10), "float32"),
        ModelInput("robot0_eef_pos", (5, 3), "float32"),
    ]


def test_one_row_is_given_without_its_axis():
    def policy(seen):
        return seen["a"] * 2

    assert one_row(policy, {"a": np.ones((1, 3))}).tolist() == [[2, 2, 2]]
