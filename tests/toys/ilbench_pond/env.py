"""The environment of the suite, and the contexts of its task."""

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench_pond.tasks import CROSSING


class PondEnv(TaskEnv):
    """A swimmer on a line who has crossed at 1 m."""

    def __init__(self):
        self.observation_space = observation_space(CROSSING.observation)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self._x = 0.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._x = context_from(options)["x"]
        return self._observation(), self._info()

    def step(self, action):
        self._x += 0.1 * abs(float(action[0]))
        return self._observation(), float(self._x >= 1), False, False, self._info()

    def state(self):
        return np.array([self._x])

    def _observation(self):
        return {"state": np.array([self._x], np.float32)}

    def _info(self):
        return {"success": bool(self._x >= 1), "mode": None}


def make_contexts():
    """Returns the starts, by split."""
    return {"train": [{"x": 0.01 * i} for i in range(4)], "test": [{"x": 0.05}, {"x": 0.06}]}
