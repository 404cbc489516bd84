from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ilbench.contract.fields import ActionField
from ilbench.guest.actions import ActionCheck, InvalidActionError, fault_of
from ilbench.guest.answers import MAX_CHUNK, MAX_FAULT, Answer, LaneFault

REAL = ActionField(shape=(2,), low=-1.0, high=0.5)
FREE = ActionField(shape=(2,))
CHOICE = ActionField(num_actions=3)


def check_of(field, width=8, **how):
    return ActionCheck(field.describe(), width, **how)


def batch(field, returned, live=range(8), chunk=None, width=8):
    """Returns the whole verdict on a batch."""
    check = check_of(field, width)
    return check.judged(check.batch(returned, live, chunk), live)


def each(field, returned, chunk=None):
    """Returns the whole verdict on what single policies returned, one a lane."""
    check, live = check_of(field, len(returned)), range(len(returned))
    return check.judged(check.each(live, list(returned).__getitem__, chunk), live)


@given(st.integers(1, 70), st.integers(1, 4))
def test_actions_become_chunks_of_the_tasks_dtype_clipped_to_its_range(width, length):
    rows = np.linspace(-2, 2, width * length * 2).reshape(width, length, 2)
    values, lengths, faults = batch(REAL, rows, range(width), width=width)
    assert (values == rows.astype(np.float32).clip(-1.0, 0.5)).all()
    assert (values.dtype, list(lengths), faults) == (np.float32, [length] * width, {})


def test_one_action_a_lane_is_a_chunk_of_one():
    assert (batch(FREE, np.full((8, 2), 3.0)).values == np.full((8, 1, 2), 3.0, np.float32)).all()
    assert batch(CHOICE, np.arange(8) % 3).values.shape == (8, 1)


def test_what_the_policy_gave_is_not_changed_and_not_held():
    mine = np.full((8, 2), 7.0, np.float32)
    values = batch(REAL, mine).values
    assert (mine == 7.0).all()
    assert not np.shares_memory(mine, values)


def test_policies_that_write_into_one_array_do_not_disturb_each_other():
    shared, check = np.zeros(2), check_of(FREE)

    def ask(lane):
        shared[...] = lane
        return shared

    assert check.each(range(8), ask, None).values[:, 0, 0].tolist() == list(range(8))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (REAL, np.nan, "finite numbers, found [nan, nan]"),
        (FREE, np.inf, "finite numbers, found [inf, inf]"),
        (FREE, 1e300, "finite numbers, found [inf, inf]"),
        (CHOICE, 3, "integers in [0, 3), found [3]"),
        (CHOICE, -1, "integers in [0, 3), found [-1]"),
    ],
)
def test_only_the_live_lanes_that_are_wrong_are_blamed(field, value, told):
    actions = np.zeros((8, *field.shape), np.int64 if field is CHOICE else np.float64)
    actions[[1, 5]] = value
    with np.errstate(over="ignore"):
        values, _, faults = batch(field, actions, [0, 5])
    assert faults == {5: LaneFault("invalid_action", f"expected {told}")}
    assert not values.any()  # what is wrong, or nobody asked for, goes nowhere


def test_a_number_whose_square_is_too_large_is_as_good_as_any():
    assert batch(FREE, np.full((8, 2), 3e38)).faults == {}


@pytest.mark.parametrize(
    ("field", "returned", "found"),
    [
        (REAL, np.zeros((8, 3)), "an array of shape (8, 3) and dtype float64, for 8 lanes"),
        (REAL, np.zeros((7, 2)), "an array of shape (7, 2) and dtype float64, for 8 lanes"),
        (REAL, np.zeros((8, 0, 2)), "an array of shape (8, 0, 2) and dtype float64"),
        (REAL, np.zeros((8, 2), bool), "an array of shape (8, 2) and dtype bool"),
        (CHOICE, np.zeros(8), "an array of shape (8,) and dtype float64"),
        (CHOICE, np.zeros((), int), "an array of shape () and dtype int64"),
        (REAL, (np.zeros((8, 2)), np.zeros((8, 2))), "tuple of length 2"),
        (REAL, [np.zeros(2)] * 7, "list of length 7"),
        (REAL, None, "NoneType"),
    ],
)
def test_a_batch_of_another_shape_or_kind_is_the_fault_of_every_live_lane(field, returned, found):
    faults = batch(field, returned, [2, 3]).faults
    assert faults.keys() == {2, 3}
    assert f"found {found}" in faults[2].reason
    assert faults[2] == faults[3]


@pytest.mark.parametrize(
    "mistake", [np.bool_(True), None, "left", [0.0], np.zeros(3), (np.zeros(2),) * 2, 2**70]
)
def test_a_lane_is_judged_the_same_whoever_is_beside_it(mistake):
    good = np.array([0.25, 0.5])
    alone = each(FREE, [mistake]).faults[0]
    for others in ([good, good], [good, mistake], [mistake, mistake]):
        answer = each(FREE, [others[0], mistake, others[1]])
        assert answer.faults[1] == alone
        assert all((answer.chunk(lane) == good).all() for lane in range(3) if lane not in answer.faults)


@given(
    st.lists(
        st.one_of(st.just(None), npst.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)))),
        min_size=1,
    )
)
def test_lanes_keep_their_own_lengths_and_actions(chunks):
    with np.errstate(over="ignore"):
        answer = each(FREE, chunks)
        alone = [each(FREE, [chunk]) for chunk in chunks]
    for lane, one in enumerate(alone):
        assert answer.faults.get(lane) == one.faults.get(0)
        if not one.faults:
            assert answer.chunk(lane).tobytes() == one.chunk(0).tobytes()


@pytest.mark.parametrize(
    ("field", "returned", "chunk", "told"),
    [
        (FREE, [np.zeros(2)] * 3, None, "a list is a chunk only if the policy has the attribute chunk = K"),
        (CHOICE, np.array([0, 0, 1]), None, "an array of single numbers is a chunk only if the policy has"),
        (CHOICE, np.array([0, 0, 1]), 2, "expected a chunk of 1 to 2 actions, as its attribute 'chunk' says"),
        (FREE, (np.zeros(2), np.ones(2)), 4, "a tuple is one action and never a chunk"),
        (FREE, np.zeros((MAX_CHUNK + 1, 2)), None, f"expected a chunk of 1 to {MAX_CHUNK} actions; found"),
    ],
)
def test_a_chunk_is_declared_or_has_an_unmistakable_shape(field, returned, chunk, told):
    with pytest.raises(InvalidActionError) as refused:
        raise InvalidActionError(each(field, [returned], chunk).faults[0].reason)
    assert told in str(refused.value)


def test_a_chunk_as_long_as_the_limit_is_played():
    assert len(each(FREE, [np.zeros((MAX_CHUNK, 2))]).chunk(0)) == MAX_CHUNK


def test_what_is_larger_than_a_chunk_is_not_made_an_array(monkeypatch):
    def trap(*arguments, **more):
        raise AssertionError("made an array of it")

    check = check_of(FREE)
    monkeypatch.setattr(np, "asarray", trap)
    larger = [range(10**12), [[0.0] * 5000], [[[0.0] * 64] * 64]]
    faults = check.each([0, 1, 2], larger.__getitem__, None).faults
    assert all("of more than 4096 numbers" in faults[lane].reason for lane in range(3))


@pytest.mark.parametrize(
    "error", [ValueError("v"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), StopIteration()]
)
def test_whatever_a_lane_raises_is_its_own_fault_with_its_traceback(error):
    def ask(lane):
        if lane == 1:
            raise error
        return np.zeros(2)

    faults = check_of(FREE).each([0, 1, 2], ask, None).faults
    assert faults.keys() == {1}
    assert (faults[1].status, faults[1].reason.partition(":")[0]) == ("policy_error", type(error).__name__)
    assert "in ask" in faults[1].trace


def test_an_interrupt_of_the_user_goes_on_its_way():
    def ask(lane):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_of(FREE, stops=(KeyboardInterrupt,)).each([0], ask, None)


def test_a_policy_that_lets_numpy_raise_changes_nothing():
    rows = np.array([[1e300, 0.0], [np.nan, 0.0], [1e-300, 0.5]])
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        strict = each(REAL, rows)
    with np.errstate(all="ignore"):
        usual = each(REAL, rows)
    assert strict.faults == usual.faults
    assert strict.values.tobytes() == usual.values.tobytes()


def test_actions_that_were_checked_elsewhere_are_not_believed():
    values = np.array([[[np.nan, 0.0]], [[9.0, 0.0]], [[0.0, np.inf]]], np.float32)
    given_ = Answer(values, [1, 1, 1], {2: LaneFault("policy_error", "raised")})
    answer = check_of(REAL, 3).judged(given_, [0, 1, 2])
    assert [answer.faults[lane].status for lane in (0, 2)] == ["invalid_action", "policy_error"]
    assert answer.chunk(1).tolist() == [[0.5, 0.0]]


def test_a_long_message_leaves_room_for_the_frames():
    def cannot():
        raise ValueError("x" * 10**6)

    try:
        cannot()
    except ValueError as error:
        fault = fault_of(error)
    assert "in cannot" in fault.trace
    assert len(fault.reason) < 600 < len(fault.trace) <= MAX_FAULT
