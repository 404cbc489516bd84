"""Mappings: which field feeds which input, refused before anything is played where that is not plain."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from adapting import observed, told

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.registry import find_task
from ilbench.guest.adapters.mapping import FieldMapping, MappingError, ModelInput, suggestions
from ilbench.testing.toys import toy_task

ONE = toy_task(observation=(Field(name="state", shape=(4,)),))
NUMBERED = toy_task(action=ActionField(num_actions=3))
LIFT = find_task("robosuite/lift-v2")
ROBOMIMIC = """
[mapping.inputs]
robot0_eef_pos = { field = "state", components = ["robot0_eef_pos"] }
robot0_eef_quat = { field = "state", components = ["robot0_eef_quat"] }
robot0_gripper_qpos = { field = "state", components = ["robot0_gripper_qpos"] }
object = { field = "state", slice = [9, 19] }
"""


def test_one_field_feeds_one_input_of_any_name():
    feed = FieldMapping(told(ONE)).bind([ModelInput("obs", (4,), "float32")])
    one = observed(8, task=ONE)[0]
    assert np.array_equal(feed(one)["obs"], one["state"])


def test_inputs_named_as_fields_are_fed_by_them_and_other_fields_are_left():
    feed = FieldMapping(told()).bind([ModelInput("bearing", (2,), "float32")])
    made = feed(observed(8)[0])
    assert list(made) == ["bearing"]
    assert made["bearing"].dtype == np.float32


def test_the_inputs_of_robomimic_are_named_parts_of_one_state():
    mapping = tomllib.loads(ROBOMIMIC)["mapping"]
    shapes = {"robot0_eef_pos": 3, "robot0_eef_quat": 4, "robot0_gripper_qpos": 2, "object": 10}
    inputs = [ModelInput(name, (size,), "float32") for name, size in shapes.items()]
    one = observed(8, task=LIFT)[0]
    made = FieldMapping(told(LIFT, **mapping)).bind(inputs)(one)
    assert np.array_equal(np.concatenate(list(made.values()), -1), one["state"])


def test_a_doubt_is_an_error_that_shows_both_sides_and_what_to_write():
    inputs = [ModelInput("obs", (2,), "float32"), ModelInput("goal", (3,), "float32")]
    with pytest.raises(MappingError) as caught:
        FieldMapping(told()).bind(inputs)
    message = str(caught.value)
    assert "shows: state (2) float32, bearing (2) uint8" in message
    assert "takes: obs (2) float32, goal (3) float32" in message
    assert 'mapping.inputs.obs = "state"; mapping.inputs.goal = {' in message


def test_what_is_suggested_is_toml():
    task = find_task("robosuite/lift-image-v1").description()
    lines = suggestions(
        task["observation"], [ModelInput("observation.image", (3, 84, 84)), ModelInput("s", (9,))]
    )
    inputs = tomllib.loads("\n".join(lines))["mapping"]["inputs"]
    assert inputs["observation.image"]["layout"] == "CHW"
    assert inputs["s"] == "state"


@pytest.mark.parametrize("names", [["state"], ["state", "extra", "more"]])
def test_mapped_inputs_have_to_be_those_of_the_model(names):
    said = {"inputs": {"state": {"field": "state"}, "extra": {"field": "bearing"}}}
    with pytest.raises(MappingError, match="the mapped inputs are not those of the model"):
        FieldMapping(told(**said)).bind([ModelInput(name) for name in names])


def test_a_field_that_the_task_lacks_is_found_before_the_model_is_loaded():
    with pytest.raises(
        MappingError, match=r"mapping.inputs.x: the task has no field 'stat'; it has: state, bea"
    ):
        FieldMapping(told(inputs={"x": {"field": "stat"}}))


def test_a_model_that_cannot_say_its_inputs_is_fed_what_is_said():
    mapping = FieldMapping(told(inputs={"x": {"field": "bearing"}}))
    one = observed(8)[0]
    assert np.array_equal(mapping.bind([ModelInput("")])(one)[""], one["bearing"])


# --- actions


@pytest.mark.parametrize("shape", [(8, 1), (8, 5, 1)])
def test_actions_and_chunks_are_returned_as_they_are(shape):
    assert FieldMapping(told()).actions(np.zeros(shape)).shape == shape


def test_of_a_chunk_so_many_actions_are_played():
    assert FieldMapping(told(chunk=3)).actions(np.zeros((8, 5, 1))).shape == (8, 3, 1)


def test_of_scores_the_highest_is_meant_where_that_is_said():
    scores = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
    assert FieldMapping(told(NUMBERED, argmax=True)).actions(scores).tolist() == [1, 0]
    with pytest.raises(MappingError, match=r"write into submission\.toml: mapping\.argmax = true"):
        FieldMapping(told(NUMBERED)).actions(scores)


def test_numbers_of_actions_in_a_column_are_taken_out_of_it():
    assert FieldMapping(told(NUMBERED)).actions(np.array([[1], [2]])).tolist() == [1, 2]


@pytest.mark.parametrize("shape", [None, (None,), (1,), (7, 1)])
def test_an_output_that_may_be_an_action_passes(shape):
    FieldMapping(told()).check_output(shape)


def test_an_output_of_another_size_is_refused():
    with pytest.raises(
        MappingError, match=r"takes actions of shape \(1\), or chunks of them; the model returns \(7"
    ):
        FieldMapping(told()).check_output((7,))
