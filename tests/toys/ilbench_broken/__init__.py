"""Variants of the harbor, each with one mistake that authors of tasks make."""

import numpy as np

from ilbench.testing.toys import HarborEnv, Rower, toy_task
from ilbench.testing.toys import make_contexts as make_right_contexts


class StartsAnywhere(HarborEnv):
    """The start depends on NumPy's global generator."""

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed, options=options)
        self._x += np.random.uniform(-0.1, 0.1)  # noqa: NPY002 - the mistake
        return self._observation(), self._info()


class OneArray(HarborEnv):
    """Every observation is the same array, written again."""

    _kept = None

    def _observation(self):
        self._kept = self._kept or super()._observation()
        for name, values in super()._observation().items():
            self._kept[name][:] = values
        return self._kept


class OneState(HarborEnv):
    """Every state is the same array, written again."""

    _kept = np.zeros(2)

    def state(self):
        self._kept[:] = super().state()
        return self._kept


class SaysNothing(HarborEnv):
    """No word of success after a step."""

    def step(self, action):
        *rest, info = super().step(action)
        return (*rest, {"mode": info["mode"]})


class NumpySuccess(HarborEnv):
    """Success is a NumPy bool, which JSON does not know."""

    def _info(self):
        return {**super()._info(), "success": np.bool_(False)}


class UnknownMode(HarborEnv):
    """Reports a mode that the task does not have."""

    def _info(self):
        return {**super()._info(), "mode": 2}


class DoublePrecision(HarborEnv):
    """Observes in float64 what is declared as float32."""

    def _observation(self):
        return {**super()._observation(), "state": HarborEnv.state(self)}


class WritesContext(HarborEnv):
    """Notes in the context, which all episodes share, that it was there."""

    def reset(self, *, seed=None, options=None):
        answer = super().reset(seed=seed, options=options)
        options["context"]["visits"] = options["context"].get("visits", 0) + 1
        return answer


class Remembers(HarborEnv):
    """The current grows from episode to episode."""

    def reset(self, *, seed=None, options=None):
        answer = super().reset(seed=seed, options=options)
        self._default_current += 0.001
        return answer


class AsksHash(HarborEnv):
    """Moves by the hash of a text, which differs from process to process."""

    def step(self, action):
        self._x += hash("wind") % 1000 / 1e5
        return super().step(action)


class InventsStarts(HarborEnv):
    """Begins somewhere where no context was given."""

    def reset(self, *, seed=None, options=None):
        return super().reset(seed=seed, options=options or {"context": {"x": 0.0}})


class BeginsSolved(HarborEnv):
    """Starts on the shore."""

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed, options=options)
        self._x = 1.5
        return self._observation(), self._info()


class EndsAtOnce(HarborEnv):
    """Truncates by itself after one step, whatever the horizon."""

    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, True, info


class InfiniteReward(HarborEnv):
    """A reward without end."""

    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, float("inf"), *rest


class NumpyEnd(HarborEnv):
    """Says in NumPy's words whether the episode is over."""

    def step(self, action):
        observation, reward, terminated, *rest = super().step(action)
        return observation, reward, np.bool_(terminated), *rest


class SeededByAttribute(HarborEnv):
    """Takes its seed from how often it was reset, which no two ways of playing have in common."""

    _resets = 0

    def reset(self, *, seed=None, options=None):
        self._resets += 1
        return super().reset(seed=self._resets, options=options)


class Breaks(HarborEnv):
    """Cannot be stepped."""

    def step(self, action):
        raise RuntimeError("the hull is leaking")


class Shoals(HarborEnv):
    """Cannot start at some places."""

    def __init__(self, current, shoals=()):
        super().__init__(current)
        self._shoals = shoals

    def reset(self, *, seed=None, options=None):
        if options["context"]["x"] in self._shoals:
            raise RuntimeError("aground")
        return super().reset(seed=seed, options=options)


class TiredRower(Rower):
    """Does not row."""

    def act(self, observation):
        return np.zeros(1, np.float32)


class ObstinateRower(Rower):
    """Rows to the left whatever it is asked for."""

    def reset(self, env, seed, mode=None):
        super().reset(env, seed, 0)


def make_other_contexts():
    """Returns contexts that are not those on file."""
    return {**make_right_contexts(), "test": [{"x": 0.0}]}


LEAKING = toy_task(env="ilbench_broken:Breaks")
