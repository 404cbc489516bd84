from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.arrays import ROW_ACTION_BYTES, SharedArrays
from ilbench.processes import open_memory

FIELDS = [("state", (3, 5), "<f4"), ("image", (3, 2, 7, 3), "|u1")]


@pytest.fixture
def sides():
    fd = open_memory(0)
    return SharedArrays(fd, 3, FIELDS), SharedArrays(fd, 3, FIELDS)


def test_both_sides_see_the_same_observations(sides):
    rng = np.random.default_rng(0)
    for name, values in sides[0].observations.items():
        values[...] = rng.integers(0, 255, values.shape)
        assert (sides[1].observations[name] == values).all()
        assert values.any()


def test_fields_and_actions_do_not_overlap(sides):
    sides[0].actions((3, 4), "<f8")[...] = 1.5
    sides[0].observations["image"][...] = 255
    assert not sides[1].observations["state"].any()
    assert (sides[1].actions((3, 4), "<f8") == 1.5).all()


def test_the_room_for_actions_grows_with_the_width():
    for width in (1, 8, 1024):
        arrays = SharedArrays(open_memory(0), width, [])
        assert arrays.actions((width, ROW_ACTION_BYTES // 8), "<f8").shape[0] == width
        with pytest.raises(ValueError, match="too large to send"):
            arrays.actions((width, ROW_ACTION_BYTES // 8 + 1), "<f8")
