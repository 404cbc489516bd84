from __future__ import annotations

import numpy as np
import pytest

from ilbench.contract.fields import ActionField
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import MAX_CHUNK
from ilbench.guest.lifting import is_policy, lift, why_not
from ilbench.guest.resets import PolicyFormError

OBSERVATIONS = {"state": np.arange(8.0).reshape(4, 2)}
CHECK = ActionCheck(ActionField(shape=(2,)).describe(), 4)


def act(lifted, live):
    """Returns the first action of each row."""
    answer = lifted.act(OBSERVATIONS, live, CHECK)
    assert not answer.faults
    return answer.values[:, 0].tolist()


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
    assert act(lifted, [1]) == (OBSERVATIONS["state"] * 2).tolist()
    assert lifted.history == 2


def test_a_policy_is_shown_copies():
    policy = Batched()
    lift(policy, 4).act(OBSERVATIONS, [0], CHECK)
    assert not np.shares_memory(policy.seen, OBSERVATIONS["state"])


def test_a_policy_for_single_episodes_is_made_once_a_lane_that_is_played():
    Single.made = 0
    lifted = lift(Single, 4, {"factor": 5}, num_lanes=3)
    assert Single.made == 3
    assert act(lifted, [0, 2]) == [[0, 5], [0, 0], [20, 25], [0, 0]]


def test_an_object_for_single_episodes_is_itself_and_has_one_lane():
    policy = Single()
    lifted = lift(policy, 4)
    lifted.reset(0, 17, {})
    assert policy.seed == 17
    assert (act(lifted, [0])[0], lifted.num_lanes) == ([0, 3], 1)
    assert "the entry point is one and the same object, 'Single'" in lifted.note


def test_a_function_of_one_observation_needs_no_reset():
    lifted = lift(lambda observation: observation["state"][:2], 4)
    lifted.reset(3, 0, {})
    assert act(lifted, [3]) == [[0, 0], [0, 0], [0, 0], [6, 7]]
    assert (lifted.num_lanes, lifted.note) == (4, "")


def test_a_factory_gives_what_it_makes():
    assert act(lift(lambda: Batched(), 4), [0])[3] == [12, 14]


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


class Stumbles(Single):
    def act(self, observation):
        if observation["state"][0] == 2:
            raise ValueError("a stone")
        return super().act(observation)


def test_what_one_policy_raises_is_the_fault_of_its_lane_alone():
    answer = lift(Stumbles, 4).act(OBSERVATIONS, [0, 1, 2], CHECK)
    assert answer.faults.keys() == {1}
    assert answer.faults[1].reason.startswith("ValueError: a stone (test_lifting.py:")
    assert answer.chunk(2).tolist() == [[12, 15]]


def test_one_that_has_raised_is_made_anew_before_its_next_episode_and_only_it():
    lifted, Stumbles.made = lift(Stumbles, 4), 0
    lifted.act(OBSERVATIONS, [0, 1, 2], CHECK)
    for lane in (0, 1, 1):
        lifted.reset(lane, 5, {})
    assert Stumbles.made == 1


def test_with_one_lane_there_is_one_copy():
    Single.made = 0
    lift(Single, 8, num_lanes=1)
    assert Single.made == 1


def test_a_factory_that_returns_an_object_twice_is_found_when_it_is_lifted():
    two = [Single(), Single()]
    lifted = lift(iter(two * 2).__next__, 4)
    assert (lifted.num_lanes, "again and again" in lifted.note) == (1, True)


def test_a_method_is_reset_with_its_object_and_has_its_attributes():
    policy = Single()
    policy.history, policy.chunk = 3, 2
    lifted = lift(policy.act, 4, num_lanes=1)
    lifted.reset(0, 9, {})
    assert (policy.seed, lifted.history, lifted.chunk, lifted.note) == (9, 3, 2, "")


def with_attributes(observation, gain):
    return observation["state"] * gain


with_attributes.history = 3


def test_a_function_with_arguments_keeps_its_attributes():
    lifted = lift(with_attributes, 4, {"gain": 2})
    assert (lifted.history, act(lifted, [1])[1]) == (3, [4, 6])


def test_an_object_takes_no_arguments():
    with pytest.raises(PolicyFormError, match="is an object, 'Single', and takes no arguments"):
        lift(Single(), 4, {"factor": 2})


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("history", [1], 1),
        ("history", np.int64(4), 4),
        ("history", True, 1),
        ("chunk", "5", None),
        ("chunk", 5, 5),
    ],
)
def test_an_attribute_that_is_no_whole_number_says_nothing(name, value, read):
    assert getattr(lift(type("P", (Single,), {name: value}), 4), name) == read


@pytest.mark.parametrize(
    ("name", "value"), [("history", 0), ("chunk", -1), ("chunk", MAX_CHUNK + 1), ("width", 0)]
)
def test_an_attribute_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(PolicyFormError, match=f"attribute '{name}' of 'P' must be .*found {value}"):
        lift(type("P", (Batched,), {name: value}), 4)


def test_the_entry_points_that_are_policies_themselves():
    assert [is_policy(one) for one in (Single(), Batched(), len, Single().act)] == [True] * 4
    assert [is_policy(one) for one in (Single, lambda: 0, lambda **more: 0, lambda *, a: 0)] == [False] * 4


def test_a_policy_that_has_no_form_is_told_in_our_own_words():
    assert why_not(PolicyFormError("no form")) == "no form"
    assert why_not(ValueError("other")) == "ValueError: other"
