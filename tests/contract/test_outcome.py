"""What an environment may return, and what it may not: each refused value is named with what was agreed."""

import numpy as np
import pytest

from ilbench.contract.fields import Field
from ilbench.contract.outcome import (
    NOTHING,
    OUTCOME,
    InvalidOutcomeError,
    check_observation,
    check_state,
    explain,
    finite_number,
    known_mode,
    problem_of,
    shown,
    success_and_mode,
    truth,
)
from ilbench.testing.toys import HARBOR, toy_task

SOUND = {"state": np.zeros(2, np.float32), "bearing": np.zeros(2, np.uint8)}
RAGGED = [[1.0], [1.0, 2.0]]


class Silent:
    """Has a repr that raises, as foreign objects may."""

    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize("reward", [1, 1.5, True, np.float32(1.5), np.int8(1), np.array(2.0), np.bool_(True)])
def test_every_single_number_is_a_reward(reward):
    assert finite_number(HARBOR, "step 1", reward) == float(reward)
    assert type(finite_number(HARBOR, "step 1", reward)) is float


@pytest.mark.parametrize(
    "reward",
    [None, "1.5", b"1", [1.0], np.ones(1), np.ones(2), 1j, {}, Silent(), RAGGED, 10**400]
    + [float(text) for text in ("nan", "inf", "-inf")],
    ids=shown,
)
def test_what_is_no_single_finite_number_is_refused(reward):
    with pytest.raises(
        InvalidOutcomeError, match=r"harbor-v1, step 3: the reward is .*, expected one finite"
    ):
        finite_number(HARBOR, "step 3", reward)


@pytest.mark.parametrize("value", [True, False, np.bool_(True), np.bool_(False)])
def test_truth_is_pythons_whoever_says_it(value):
    assert truth(HARBOR, "step 1", "terminated", value) is bool(value)


@pytest.mark.parametrize(
    "value", [0, 1, None, 0.5, float("nan"), "yes", np.array([True]), np.ones(2, bool), {}]
)
def test_what_would_only_count_as_true_or_false_is_refused(value):
    with pytest.raises(InvalidOutcomeError, match=r"step 1: terminated is .*, expected True or False"):
        truth(HARBOR, "step 1", "terminated", value)


@pytest.mark.parametrize("mode", [0, 1, np.int64(1), np.uint8(0), np.array(1)])
def test_a_mode_of_the_task_is_an_int(mode):
    assert known_mode(HARBOR, "step 1", mode) == mode
    assert type(known_mode(HARBOR, "step 1", mode)) is int


def test_a_mode_may_be_undecided():
    assert known_mode(HARBOR, "step 1", None) is None


@pytest.mark.parametrize(
    "mode", [-1, 2, 1.0, True, np.bool_(True), "left", float("nan"), [0], np.zeros(1, int)]
)
def test_a_mode_that_the_task_has_not_is_refused(mode):
    with pytest.raises(
        InvalidOutcomeError, match=r"info\['mode'\] is .*, expected None or an integer from 0"
    ):
        known_mode(HARBOR, "step 1", mode)


def test_a_task_without_modes_has_none():
    with pytest.raises(InvalidOutcomeError, match="expected None, for the task declares no modes"):
        known_mode(toy_task(modes=()), "step 1", 0)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (None, "info is None, expected a mapping"),
        ([1], "info is .1. .list., expected a mapping"),
        ({"mode": None}, "'success'. is not there"),
        ({"success": False}, "'mode'. is not there"),
    ],
)
def test_every_info_says_success_and_mode(info, words):
    with pytest.raises(InvalidOutcomeError, match=words):
        success_and_mode(HARBOR, "reset", info)


@pytest.mark.parametrize(
    "changes",
    [{}, {"state": np.zeros(2)}, {"state": [0.0, 0.0]}, {"state": np.full(2, np.inf)}, {"more": None}],
    ids=str,
)
def test_what_numpy_casts_within_its_kind_is_an_observation(changes):
    check_observation(HARBOR, "reset", {**SOUND, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": np.zeros(3)}, r"'state'\] is float64 of shape \(3,\), expected float32 of shape \(2,\)"),
        ({"state": np.zeros(1)}, r"shape \(1,\), expected"),  # would be spread over both entries
        ({"state": 0.0}, r"shape \(\), expected"),
        ({"state": None}, "object of shape"),
        ({"state": np.array([None, 1])}, "object of shape"),
        ({"state": ["0", "1"]}, "<U1 of shape"),
        ({"state": RAGGED}, r"\[\[1.0\], \[1.0, 2.0\]\] \(list\)"),
        ({"state": np.array([0.0, np.nan])}, "NaN in 1 of 2 entries, expected numbers"),
        ({"bearing": np.zeros(2)}, r"float64 of shape \(2,\), expected uint8"),  # would be cut to 0 and 1
    ],
)
def test_an_observation_that_is_not_as_declared_is_refused(changes, words):
    with pytest.raises(InvalidOutcomeError, match=words):
        check_observation(HARBOR, "reset", {**SOUND, **changes})


@pytest.mark.parametrize(
    ("observation", "words"),
    [
        ({"state": SOUND["state"]}, r"'bearing'\] is not there, expected uint8 of shape \(2,\)"),
        (np.zeros(4), "an array of float64 of shape .4,., expected a mapping with state, bearing"),
        (None, "the observation is None"),
    ],
)
def test_an_observation_has_every_field(observation, words):
    with pytest.raises(InvalidOutcomeError, match=words):
        check_observation(HARBOR, "reset", observation)


def test_an_observation_of_images_is_not_searched_for_nan():
    task = toy_task(observation=(Field(name="image", shape=(2, 2, 3), dtype="uint8"),))
    assert problem_of(task, "reset", {"image": np.zeros((2, 2, 3), np.uint8)}) is None
    assert "NaN" in problem_of(HARBOR, "reset", {**SOUND, "state": np.full(2, np.nan)})


@pytest.mark.parametrize("state", [None, [1.0], np.array([object()]), 1.0])
def test_a_state_is_an_array_of_values(state):
    with pytest.raises(InvalidOutcomeError, match=r"state\(\) is .*, expected an array of numbers"):
        check_state(HARBOR, "reset", state)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (NOTHING, "TypeError: cannot be taken apart"),
        (None, "what was returned is None, expected 5 values"),
        (
            (SOUND, 0.0, False, {}),
            r"what was returned is 4 values, expected 5 values: observation, reward, term",
        ),
        (SOUND, "dict"),
        (({}, 0.0, False, False, {}), "'state'] is not there"),
        ((SOUND, 0.0, False, False, {}), "TypeError: cannot be taken apart"),
    ],
)
def test_an_error_is_explained_by_what_was_returned_where_that_is_why(returned, words):
    found = explain(TypeError("cannot be taken apart"), HARBOR, "step 1", returned, OUTCOME)
    assert words in found


def test_what_is_shown_is_short_and_in_one_line():
    assert shown("a\n" * 1000) == "'" + r"a\n" * 26 + "… (str)"
    assert shown(Silent()) == "something without a repr (Silent)"
    assert shown(np.zeros((3, 2))) == "an array of float64 of shape (3, 2)"
