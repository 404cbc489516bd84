"""A task's convention beside a submission's: what fits, what differs, and what is told of it."""

from __future__ import annotations

import json

import pytest

from ilbench.contract.convention import (
    REMEDIES,
    Convention,
    ConventionMismatchError,
    check_convention,
    find_differences,
    is_quantity,
)
from ilbench.contract.fields import ActionField
from ilbench.contract.registry import load_registry
from ilbench.errors import InvalidTaskError

HAND = Convention(
    kind="delta",
    origin="measured",
    frame="base",
    same_frames=("world",),
    rotation="axis-angle",
    linear="0.05 m",
    angular="0.5 rad",
    gripper="positive-closes",
    gripper_values="binary",
    rate_hz=20,
    clipping=(-1.0, 1.0),
)
OTHERS = {
    "kind": "absolute",
    "frame": "hand",
    "origin": "commanded",
    "rotation": "6d",
    "gripper": "positive-opens",
    "gripper_values": "continuous",
    "linear": "5 cm",
    "angular": "1 rad",
    "rate_hz": 10,
    "clipping": None,
}


def test_what_a_task_says_itself_fits_it():
    for task in load_registry().select():
        assert not find_differences(task.convention, task.convention.describe()), task.id


@pytest.mark.parametrize("key", REMEDIES)
def test_each_key_that_differs_is_named_with_both_sides_and_a_remedy(key):
    (difference,) = find_differences(HAND, {key: OTHERS[key]})
    assert difference.key == key
    assert difference.task != difference.submission
    assert REMEDIES[key] in str(difference)


def test_what_is_not_said_fits():
    assert find_differences(HAND, {}) == ()
    check_convention("a/b-v1", None, OTHERS)


@pytest.mark.parametrize(
    "said", [{"frame": "world"}, {"rate_hz": 20.001}, {"linear": "5e-2 m"}, {"clipping": [-1, 1]}]
)
def test_other_words_for_the_same_fit(said):
    assert find_differences(HAND, said) == ()


def test_any_gripper_fits_one_that_is_blocked():
    blocked = Convention(kind="velocity", frame="joint", gripper="blocked")
    assert find_differences(blocked, {"gripper": "positive-opens", "gripper_values": "binary"}) == ()


def test_a_mismatch_prints_every_difference():
    with pytest.raises(ConventionMismatchError, match=r"a/b-v1 .*\(kind, gripper\)") as caught:
        check_convention("a/b-v1", HAND, {"gripper": "width", "kind": "force"})
    assert len(caught.value.__notes__) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "delta"},
        {"kind": "absolute", "origin": "measured"},
        {"kind": "absolute", "gripper": "width"},
        {"kind": "absolute", "gripper_values": "binary"},
        {"kind": "absolute", "linear": "metres"},
        {"kind": "absolute", "angular": "-1 rad"},
    ],
)
def test_a_convention_cannot_contradict_itself(wrong):
    with pytest.raises(InvalidTaskError):
        Convention(frame="world", **wrong)


@pytest.mark.parametrize(("num_actions", "kind"), [(None, "discrete"), (4, "absolute")])
def test_choices_have_a_discrete_convention_and_nothing_else_has(num_actions, kind):
    with pytest.raises(InvalidTaskError, match="discrete"):
        ActionField(num_actions=num_actions, convention=Convention(kind=kind, frame="screen"))


def test_a_task_adds_its_rate_and_its_limits():
    said = load_registry()["pusht/pusht-v1"].convention
    assert (said.rate_hz, said.clipping) == (10, (0.0, 512.0))


def test_a_policy_is_told_it_as_plain_json():
    told = load_registry()["robosuite/lift-v2"].description()["action"]["convention"]
    assert json.loads(json.dumps(told)) == told
    assert told["gripper"] == "positive-closes"


def test_it_fits_into_a_line():
    assert HAND.in_words() == (
        "delta from measured, base frame (= world), 1 is 0.05 m or 0.5 rad, axis-angle, "
        "gripper positive-closes (binary), 20 Hz, clipped to [-1, 1]"
    )


@pytest.mark.parametrize(
    ("text", "is_one"), [("none", True), ("150 N m", True), ("1", False), ("0 m", False), ("nan m", False)]
)
def test_a_quantity_is_a_positive_number_with_a_unit(text, is_one):
    assert is_quantity(text) == is_one
