"""Policies for the tests, well- and ill-mannered. They import nothing of the project."""

import os
import signal
import time

import numpy as np

WIDTH = 8


class Wanderer:
    """Seeded random steps, forward on average: its episodes differ by seed alone."""

    def __init__(self, forward=0.008):
        self._forward = forward
        self._generators = [np.random.default_rng(0)] * WIDTH
        self._seeds = [0] * WIDTH
        self._steps = [0] * WIDTH

    def reset(self, lane, seed, task):
        self._generators[lane] = np.random.default_rng(seed)
        self._seeds[lane] = seed
        self._steps[lane] = 0

    def act(self, observations):
        live = observations["state"].any(axis=1)
        actions = np.zeros((WIDTH, 2))
        for lane in np.flatnonzero(live):
            actions[lane] = self._generators[lane].normal([0.0, self._forward], 0.006)
            self._steps[lane] += 1
            if self._seeds[lane] % 3 == 0 and self._steps[lane] == 4:
                actions = self.misbehave(lane, actions)
        return actions

    def misbehave(self, lane, actions):
        return actions


class Raises(Wanderer):
    def misbehave(self, lane, actions):
        raise ValueError("I lost my way")


class Hangs(Wanderer):
    def misbehave(self, lane, actions):
        time.sleep(3600)


class Dies(Wanderer):
    def misbehave(self, lane, actions):
        os.kill(os.getpid(), signal.SIGKILL)


class NotANumber(Wanderer):
    def misbehave(self, lane, actions):
        actions[lane, 0] = np.nan
        return actions


class ChangesShape(Wanderer):
    def misbehave(self, lane, actions):
        return actions[:, :1]


class WrongShape(Wanderer):
    def act(self, observations):
        return np.zeros((WIDTH, 3))


class Chunks(Wanderer):
    """Draws the same actions as the wanderer, five at a time."""

    def act(self, observations):
        return np.stack([super(Chunks, self).act(observations) for _ in range(5)], axis=1)


class Remembers:
    """Moves by what it saw two steps ago; returns that as the action."""

    history = 3

    def reset(self, lane, seed, task):
        pass

    def act(self, observations):
        seen = observations["state"]
        assert seen.shape == (WIDTH, 3, 4)
        return 0.02 * (seen[:, 0, :2] + [0.0, 0.4])


class OneAtATime:
    """A policy for a single episode, with a generator of its own."""

    def reset(self, seed, task):
        self._rng = np.random.default_rng(seed)
        self.horizon = task["horizon"]

    def act(self, observation):
        assert observation["state"].shape == (4,)
        return self._rng.normal([0.0, 0.008], 0.006)


class SharesItsGenerator(Wanderer):
    """Draws for all lanes from one generator, so that who sits beside an episode changes it."""

    def __init__(self):
        super().__init__()
        self._shared = np.random.default_rng(0)

    def act(self, observations):
        return self._shared.normal([0.0, 0.008], 0.006, (WIDTH, 2))


def straight(observation):
    """A policy that is a function of one observation."""
    return np.array([0.0, 0.01]) * np.sign(observation["state"][0])


ONE = OneAtATime()
NOT_A_POLICY = 7
