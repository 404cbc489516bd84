from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.lifting import PolicyFormError, is_batched, lift, lift_object

OBSERVATIONS = {"state": np.arange(8.0).reshape(4, 2)}


class Batched:
    history = 2

    def reset(self, lane, seed, task):
        self.last = (lane, seed, task)

    def act(self, observations):
        self.seen = observations["state"]
        return observations["state"] * 2


class Single:
    made = 0

    def __init__(self, factor=3):
        type(self).made += 1
        self.factor = factor

    def reset(self, seed):
        self.seed = seed

    def act(self, observation):
        return observation["state"] * self.factor


def test_a_batched_policy_is_asked_once_for_all_lanes_and_keeps_its_history():
    lifted = lift(Batched, 4)
    assert (lifted.act(OBSERVATIONS, [1]) == OBSERVATIONS["state"] * 2).all()
    assert lifted.history == 2


def test_a_policy_is_shown_copies():
    policy = Batched()
    lift_object(policy, 4).act(OBSERVATIONS, [0])
    assert not np.shares_memory(policy.seen, OBSERVATIONS["state"])


def test_a_policy_for_single_episodes_is_made_once_a_lane_that_is_played():
    Single.made = 0
    lifted = lift(Single, 4, {"factor": 5}, num_lanes=3)
    assert Single.made == 3
    assert lifted.act(OBSERVATIONS, [0, 2]).tolist() == [[0, 5], [0, 0], [20, 25], [0, 0]]


def test_an_object_for_single_episodes_is_itself_and_has_one_lane():
    policy = Single()
    lifted = lift_object(policy, 4)
    lifted.reset(0, 17, {})
    assert policy.seed == 17
    assert lifted.act(OBSERVATIONS, [0]).shape == (4, 2)


def test_a_function_of_one_observation_needs_no_reset():
    lifted = lift(lambda observation: observation["state"][:1], 4)
    lifted.reset(3, 0, {})
    assert lifted.act(OBSERVATIONS, [3]).tolist() == [[0], [0], [0], [6]]


def test_a_factory_gives_what_it_makes():
    assert lift(lambda: Batched(), 4).act(OBSERVATIONS, [0]).shape == (4, 2)


@pytest.mark.parametrize(("parameters", "expected"), [("seed, task", (7, "t")), ("task", ("t",)), ("", ())])
def test_a_reset_is_given_what_it_asks_for(parameters, expected):
    space = {}
    exec(f"def reset(self, {parameters}): self.got = ({parameters}{',' if parameters else ''})", space)
    policy = type("P", (), {"reset": space["reset"], "act": lambda self, o: 0})()
    lift_object(policy, 1).reset(0, 7, "t")
    assert policy.got == expected


class Wide(Batched):
    width = 64


def test_a_policy_of_another_width_is_refused_with_both():
    with pytest.raises(PolicyFormError, match=r"'Wide' has the width 64, and is asked to act on 4 rows"):
        lift(Wide, 4)
    assert lift(Wide, 64).history == 2


@pytest.mark.parametrize("entry", [7, object(), dict, type("P", (), {"reset": lambda self, lane: 0})])
def test_what_cannot_act_is_refused(entry):
    with pytest.raises(PolicyFormError, match="expected a class or factory"):
        lift(entry, 4)


def test_an_unknown_parameter_of_reset_is_named():
    policy = type("P", (), {"reset": lambda self, mood: 0, "act": lambda self, o: 0})
    with pytest.raises(PolicyFormError, match="parameter 'mood'"):
        lift(policy, 4)


def test_only_a_reset_that_is_told_the_lane_is_batched():
    assert [is_batched(one) for one in (Batched(), Single(), lambda o: o)] == [True, False, False]
