"""Rows: a model is called at once, in groups, or lane by lane; the answers are the same."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.adapters.rows import Lanes, each_lane, in_groups, picked

INPUTS = {"x": np.arange(8.0).reshape(8, 1)}


class Adding(Lanes):
    """Adds to each row what its lane was given."""

    def __init__(self):
        self.given = {}

    def begin(self, lane, seed):
        self.given[lane] = seed

    def has_begun(self, lane):
        return lane in self.given

    def call(self, lane, inputs):
        return inputs["x"] + self.given[lane]


@pytest.mark.parametrize("rows", [1, 3, 8, 20])
def test_a_model_of_so_many_rows_is_given_just_these(rows):
    def call(inputs):
        assert len(inputs["x"]) == rows
        return inputs["x"] * 2

    assert np.array_equal(in_groups(call, INPUTS, rows), INPUTS["x"] * 2)


def test_lanes_that_have_begun_are_called_one_by_one():
    lanes = Adding()
    lanes.begin(2, 10)
    lanes.begin(5, 20)
    assert each_lane(lanes, INPUTS)[:, 0].tolist() == [0, 0, 12, 0, 0, 25, 0, 0]


@pytest.mark.parametrize(
    ("returned", "output", "expected"),
    [(1, "", 1), ((1, 2), "", 1), ([1, 2], "1", 2), ({"a": 1, "b": 2}, "", 1), ({"a": 1, "b": 2}, "b", 2)],
)
def test_the_action_is_the_first_output_or_the_named_one(returned, output, expected):
    assert picked(returned, output) == expected
