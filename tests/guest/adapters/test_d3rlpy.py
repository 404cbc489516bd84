"""What is said of d3rlpy's models before they are loaded; with the library itself, see test_libraries."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.adapters.d3rlpy import TransformerLanes, inputs_of, seen
from ilbench.guest.adapters.mapping import MappingError, ModelInput


def test_a_model_of_one_array_has_one_input():
    assert inputs_of((19,), ["state"]) == [ModelInput("observation", (19,))]


def test_a_model_of_a_tuple_has_the_fields_of_the_task_in_their_order():
    found = inputs_of(((2,), [3, 64, 64]), ["state", "image"])
    assert found == [ModelInput("state", (2,)), ModelInput("image", (3, 64, 64))]


def test_a_tuple_of_another_length_is_refused_with_both_sides():
    with pytest.raises(MappingError, match=r"a tuple of 2 arrays, .* the task has 1: state"):
        inputs_of(((2,), (3,)), ["state"])


def test_several_inputs_are_a_list_and_one_is_itself():
    arrays = {"a": np.zeros(1), "b": np.ones(1)}
    assert seen(arrays, ["b"]) is arrays["b"]
    assert [one[0] for one in seen(arrays, ["b", "a"])] == [1, 0]


class Memory:
    """Returns how many observations it was shown, and what it was told of rewards."""

    def __init__(self):
        self.count = 0

    def predict(self, x, reward):
        self.count += 1
        return np.array([self.count, x[0], reward])


def test_each_lane_has_a_memory_that_an_episode_begins_empty():
    lanes = TransformerLanes(Memory, ["state"])
    lanes.begin(0, 1)
    rows = {"state": np.full((1, 1), 5.0)}
    assert [lanes.call(0, rows)[0, 0] for _ in range(2)] == [1, 2]
    lanes.begin(1, 1)
    lanes.begin(0, 1)
    assert lanes.call(0, rows).tolist() == [[1, 5, 0]]
    assert (lanes.has_begun(1), lanes.has_begun(2)) == (True, False)
