"""A sound policy has no problem; each kind of broken one has its own."""

import random

import numpy as np
import pytest

from ilbench.testing.policy_contract import check_policy
from ilbench.testing.toys import HARBOR

FORM = "the policy has a form that can be played"
ACTIONS = "its actions are the task's"
SEED = "the same seed gives the same actions"
ROWS = "rows do not influence each other"
LANE = "the lane does not matter"
FORGETS = "a reset forgets the last episode"
SHARED = "lanes share no generator and no state"
GLOBAL = "the global random generators do not show"


class Sound:
    """Batched, random, with a generator a lane."""

    history = 2

    def __init__(self):
        self.rngs = [np.random.default_rng(0) for _ in range(8)]

    def reset(self, lane, seed, task):
        self.rngs[lane] = np.random.default_rng(seed)

    def act(self, observations):
        noise = np.array([rng.normal() for rng in self.rngs])
        return (observations["state"][:, :, 0].sum(1) + noise)[:, None].astype(np.float32)


class Single:
    def reset(self, seed, task):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return self.rng.uniform(-1, 1, 1)


def function(observation):
    return -np.sign(observation["state"][:1])


class Formless:
    pass


class WrongShape(Single):
    def act(self, observation):
        return np.zeros(3)


class NotFinite(Single):
    def act(self, observation):
        return np.full(1, np.nan)


class Unseeded(Single):
    def reset(self, seed, task):
        self.rng = np.random.default_rng()


class BatchNorm(Sound):
    def act(self, observations):
        return super().act(observations) - observations["state"].mean()


class ByLane(Sound):
    def act(self, observations):
        return np.arange(8)[:, None] / 8


class Remembers(Single):
    num_steps = 0

    def act(self, observation):
        self.num_steps += 1
        return np.full(1, self.num_steps / 100)


class SharedGenerator(Sound):
    def reset(self, lane, seed, task):
        self.rngs = [np.random.default_rng(seed)] * 8


class GlobalNumpy(Single):
    def act(self, observation):
        return np.random.uniform(-1, 1, 1)  # noqa: NPY002 - the mistake


class GlobalPython(Single):
    def act(self, observation):
        return np.array([random.random()])


@pytest.mark.parametrize("policy", [Sound, Sound(), Single, Single(), function])
def test_a_sound_policy_of_every_form_has_no_problem(policy):
    assert check_policy(policy, HARBOR) == []


@pytest.mark.parametrize(
    ("policy", "found_by"),
    [
        (Formless, FORM),
        (WrongShape, ACTIONS),
        (NotFinite, ACTIONS),
        (Unseeded, SEED),
        (BatchNorm, ROWS),
        (ByLane, LANE),
        (Remembers, FORGETS),
        (SharedGenerator, SHARED),
        (GlobalNumpy, GLOBAL),
        (GlobalPython, GLOBAL),
    ],
)
def test_a_broken_policy_is_found(policy, found_by):
    assert found_by in {problem.check for problem in check_policy(policy, HARBOR)}


@pytest.mark.parametrize("width", [1, 64])
def test_a_policy_of_another_width_is_checked_at_its_width(width):
    class Wide(Sound):
        def __init__(self):
            self.rngs = [np.random.default_rng(0) for _ in range(width)]

    Wide.width = width
    assert check_policy(Wide, HARBOR) == []


def test_the_generators_are_put_back():
    before = random.getstate()
    check_policy(Single, HARBOR)
    assert random.getstate() == before


def test_a_problem_says_where_it_was_found_and_what_to_do():
    (problem,) = [one for one in check_policy(ByLane, HARBOR) if one.check == LANE]
    assert str(problem).startswith("the lane does not matter: found other actions in lane 7 than in lane 0")
    assert problem.remedy == "let nothing depend on the number of the lane"
