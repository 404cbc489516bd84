from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.contract.fields import ActionField
from ilbench.runner.actions import ActionCheck
from ilbench.runner.faults import InvalidAction

REAL = ActionField(shape=(2,), low=-1.0, high=0.5)
FREE = ActionField(shape=(2,))
CHOICE = ActionField(num_actions=3)


@given(st.integers(1, 70), st.integers(1, 4))
def test_actions_become_chunks_of_the_tasks_dtype_clipped_to_its_range(width, length):
    given_ = np.linspace(-2, 2, width * length * 2).reshape(width, length, 2)
    chunks, invalid = ActionCheck(REAL, width)(given_, range(width))
    assert (chunks == given_.astype(np.float32).clip(-1.0, 0.5)).all()
    assert (chunks.dtype, invalid) == (np.float32, {})


def test_one_action_a_lane_is_a_chunk_of_one():
    chunks, _ = ActionCheck(FREE, 8)(np.full((8, 2), 3.0), [0])
    assert (chunks == np.full((8, 1, 2), 3.0, np.float32)).all()
    assert ActionCheck(CHOICE, 8)(np.arange(8) % 3, [0])[0].shape == (8, 1)


def test_what_the_policy_gave_is_not_changed():
    mine = np.full((8, 2), 7.0, np.float32)
    ActionCheck(REAL, 8)(mine, [0])
    assert (mine == 7.0).all()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (REAL, np.nan, "finite numbers, found [nan, nan]"),
        (FREE, np.inf, "finite numbers, found [inf, inf]"),
        (CHOICE, 3, "integers in [0, 3), found [3]"),
        (CHOICE, -1, "integers in [0, 3), found [-1]"),
    ],
)
def test_only_the_live_lanes_that_are_wrong_are_blamed(field, value, told):
    actions = np.zeros((8, *field.shape), np.int64 if field is CHOICE else np.float64)
    actions[[1, 5]] = value
    _, invalid = ActionCheck(field, 8)(actions, [0, 5])
    assert invalid == {5: f"expected {told}"}


@pytest.mark.parametrize(
    ("field", "actions", "found"),
    [
        (REAL, np.zeros((8, 3)), "shape (8, 3)"),
        (REAL, np.zeros((7, 2)), "shape (7, 2)"),
        (REAL, np.zeros((8, 0, 2)), "shape (8, 0, 2)"),
        (REAL, np.zeros((8, 2), bool), "dtype bool"),
        (CHOICE, np.zeros(8), "dtype float64"),
        (CHOICE, np.zeros((), int), "shape ()"),
    ],
)
def test_a_batch_of_another_shape_or_kind_is_refused_as_a_whole(field, actions, found):
    with pytest.raises(InvalidAction) as refused:
        ActionCheck(field, 8)(actions, [0])
    assert f"found {found} for 8 lanes" in refused.value.reason
