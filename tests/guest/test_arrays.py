from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.answers import MAX_CHUNK
from ilbench.guest.arrays import SharedArrays
from ilbench.processes import open_memory

ACTION = ((4,), "float32")
FIELDS = [("state", (3, 5), "<f4"), ("image", (3, 2, 7, 3), "|u1")]


@pytest.fixture
def sides():
    fd = open_memory(0)
    return SharedArrays(fd, 3, FIELDS, ACTION), SharedArrays(fd, 3, FIELDS, ACTION)


def test_both_sides_see_the_same_observations(sides):
    rng = np.random.default_rng(0)
    for name, values in sides[0].observations.items():
        values[...] = rng.integers(0, 255, values.shape)
        assert (sides[1].observations[name] == values).all()
        assert values.any()


def test_fields_and_actions_do_not_overlap(sides):
    sides[0].actions(MAX_CHUNK)[...] = 1.5
    assert not sides[1].observations["image"].any()
    sides[0].observations["image"][...] = 255
    assert not sides[1].observations["state"].any()
    assert (sides[1].actions(MAX_CHUNK) == 1.5).all()


def test_chunks_of_any_length_begin_at_the_same_place(sides):
    sides[0].actions(2)[...] = np.arange(24).reshape(3, 2, 4)
    assert sides[1].actions(1).reshape(-1).tolist() == list(range(12))
    assert sides[1].actions(2).shape == (3, 2, 4)


def test_a_single_number_is_an_action_like_any_other():
    arrays = SharedArrays(open_memory(0), 5, [], ((), "int64"))
    assert (arrays.actions(3).shape, arrays.actions(3).dtype) == ((5, 3), np.int64)
