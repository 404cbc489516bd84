"""A task that is quick in every process: a boat that sails through a strait, or runs aground."""

from __future__ import annotations

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, observation_space
from ilbench.contract.fields import ActionField, Field
from ilbench.testing.toys import toy_task

WIDTH_M = 0.04
SHORE_M = 0.35
START_M = (0.5, 0.0)
START_NOISE_M = 0.002


class SeaEnv(TaskEnv):
    """Moves by the action; success beyond `SHORE_M`, failure where x leaves the strait."""

    def __init__(self, render_mode=None):
        self.observation_space = observation_space(TASK.observation)
        self.action_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
        self._place = np.array(START_M)
        self._last = np.zeros(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._place = START_M + self.np_random.uniform(-START_NOISE_M, START_NOISE_M, 2)
        self._last = np.zeros(2)
        return self._observation(), self._info()

    def step(self, action):
        self._last = np.asarray(action, np.float64)
        self._place = self._place + self._last
        aground = bool(abs(self._place[0] - START_M[0]) > WIDTH_M)
        info = self._info()
        return self._observation(), float(info["success"]), aground or info["success"], False, info

    def state(self):
        return np.concatenate([self._place, self._last])

    def _info(self):
        success = bool(self._place[1] >= SHORE_M)
        return {"success": success, "mode": int(self._place[0] > START_M[0]) if success else None}

    def _observation(self):
        return {"state": np.concatenate([self._place + self._last, self._place]).astype(np.float32)}


TASK = toy_task(
    id="tests/sea-v1",
    summary="Sail through the strait.",
    env="sea:SeaEnv",
    env_options={},
    observation=(
        Field(
            name="state",
            shape=(4,),
            components=("commanded x", "commanded y", "measured x", "measured y"),
            unit="m",
        ),
    ),
    action=ActionField(shape=(2,), scale=0.01, components=("dx", "dy"), unit="m"),
    horizon=250,
    expert=None,
    demonstrations=None,
)
