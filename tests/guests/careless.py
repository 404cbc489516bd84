"""Policies for the harbor, each with one mistake that a look before a run should find."""

import os
import time

import numpy as np

WIDTH = 8


class Careful:
    """Rows by what it sees and by a generator a lane."""

    def __init__(self):
        self._rngs = [None] * WIDTH

    def reset(self, lane, seed, task):
        self._rngs[lane] = np.random.default_rng(seed)

    def act(self, observations):
        drawn = [0.0 if rng is None else rng.normal(0.0, 0.1) for rng in self._rngs]
        return np.clip(observations["state"][:, :1] + np.array(drawn)[:, None], -1, 1)


class Unseeded(Careful):
    def act(self, observations):
        return np.random.default_rng().uniform(-1, 1, (WIDTH, 1))


class Mixes(Careful):
    def act(self, observations):
        return observations["state"][:, :1] - observations["state"][:, :1].sum()


class Shouts(Careful):
    def act(self, observations):
        return np.full((WIDTH, 1), 30.0)


class Wide(Careful):
    def act(self, observations):
        return np.zeros((WIDTH, 3))


class Blank(Careful):
    def act(self, observations):
        return np.full((WIDTH, 1), np.nan)


class Fails(Careful):
    def act(self, observations):
        raise KeyError("image")


class Dies(Careful):
    def act(self, observations):
        os._exit(7)


class Dawdles(Careful):
    def act(self, observations):
        time.sleep(60)


class NeverLoads(Careful):
    def __init__(self):
        raise OSError("no weights.pt here")


class Elsewhere(Careful):
    def convention(self):
        return {"kind": "absolute"}


class Plans(Careful):
    def act(self, observations):
        return np.zeros((WIDTH, 5, 1))


class Slow(Careful):
    def act(self, observations):
        time.sleep(0.02)
        return super().act(observations)


class Single:
    """Plays one episode at a time."""

    def reset(self, seed, task):
        self._speed = seed % 3 - 1

    def act(self, observation):
        return [self._speed]


alone = Single()
