from __future__ import annotations

import pytest

from ilbench.guest.resets import (
    PolicyFormError,
    check_runs_at_once,
    is_told_the_lane,
    parameters_of,
    reset_of,
)

GIVEN = {"seed": 7, "task": "t"}
BATCHED = {"lane": 3, **GIVEN}


def policy_with(parameters, body="self.got = locals()"):
    """Returns an object whose reset has these parameters and keeps what it got."""
    space = {}
    exec(f"def reset(self, {parameters}): {body}", space)
    return type("P", (), {"reset": space["reset"]})()


def got(parameters, given=GIVEN):
    policy = policy_with(parameters)
    reset_of(policy, "P")(given)
    return {name: value for name, value in policy.got.items() if name != "self"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", {}),
        ("seed", {"seed": 7}),
        ("task", {"task": "t"}),
        ("task, seed", GIVEN),
        ("seed=None, task=None", GIVEN),
        ("*, seed=None, options=None", {"seed": 7, "options": None}),
        ("seed, /, mood=1, *, task", {**GIVEN, "mood": 1}),
        ("mood=1, seed=0, /", {"mood": 1, "seed": 7}),
        ("seed, mood=1, /", {"seed": 7, "mood": 1}),
        ("_seed, __task=None", {"_seed": 7, "__task": "t"}),
        ("**more", {"more": GIVEN}),
        ("seed, **more", {"seed": 7, "more": {"task": "t"}}),
        ("seed, /, **more", {"seed": 7, "more": {"task": "t"}}),
        ("*rest", {"rest": (7, "t")}),
        ("*rest, **more", {"rest": (), "more": GIVEN}),
        ("seed, *rest", {"seed": 7, "rest": ()}),
    ],
)
def test_a_reset_is_given_whatever_its_signature_can_take(parameters, expected):
    assert got(parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("lane, seed, task", BATCHED),
        ("*, task=None, seed=None, lane=None", BATCHED),
        ("lane, **more", {"lane": 3, "more": GIVEN}),
        ("_lane, seed", {"_lane": 3, "seed": 7}),
        ("lane, /", {"lane": 3}),
    ],
)
def test_a_policy_for_all_lanes_is_told_the_lane_too(parameters, expected):
    assert is_told_the_lane(policy_with(parameters))
    assert got(parameters, BATCHED) == expected


def test_only_a_parameter_for_the_lane_makes_a_policy_one_for_all_lanes():
    assert not any(map(is_told_the_lane, [policy_with("**lane"), policy_with("seed, task"), object()]))


def test_a_policy_without_reset_has_nothing_to_do():
    assert reset_of(object(), "P")(GIVEN) is None
    assert reset_of(type("P", (), {"reset": None})(), "P")(GIVEN) is None


@pytest.mark.parametrize("parameters", ["mood", "seed, mood", "mood, /, seed", "*, mood"])
def test_an_unknown_parameter_that_is_needed_is_named(parameters):
    with pytest.raises(PolicyFormError, match=r"reset of P has the parameter 'mood'; expected reset\(lane"):
        reset_of(policy_with(parameters), "P")


@pytest.mark.parametrize("reset", [7, "reset", type])
def test_a_reset_that_cannot_be_looked_into_is_refused(reset):
    with pytest.raises(PolicyFormError, match="the parameters of reset of P cannot be read"):
        reset_of(type("P", (), {"reset": reset})(), "P")


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("body", ["yield", "return (None for _ in [])", "return later()"])
def test_a_reset_that_would_run_later_is_no_reset(body):
    async def later():
        pass

    policy = policy_with("seed", body)
    type(policy).reset.__globals__["later"] = later
    with pytest.raises((PolicyFormError, TypeError), match=r"is a generator|nothing of it has run yet"):
        reset_of(policy, "P")(GIVEN)


async def asynchronous():
    pass


async def asynchronous_generator():
    yield


class Called:
    async def __call__(self):
        pass


@pytest.mark.parametrize("function", [asynchronous, asynchronous_generator, Called()])
def test_what_is_asynchronous_is_refused(function):
    with pytest.raises(PolicyFormError, match="act is async"):
        check_runs_at_once(function, "act")


def test_parameters_that_cannot_be_read_are_none():
    assert parameters_of(7) is None
    assert [p.name for p in parameters_of(lambda a, *b: 0)] == ["a", "b"]
