"""A walk of discrete steps that notes what was executed, seen as numbers, as symbols and as a picture."""

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import Preset, Split, Task

REST = 4
TASK = Task(
    id="toys/walk-v1",
    summary="Walk; evaluation only.",
    env="ilbench_toys.walk:WalkEnv",
    packages=("numpy",),
    extra="all",
    horizon=30,
    success_rule="ever",
    observation=(
        Field(name="count", shape=(3,)),
        Field(name="cells", shape=(5, 5, 2), dtype="uint8"),
        Field(name="image", shape=(32, 32, 3), dtype="uint8"),
    ),
    action=ActionField(num_actions=5),
    data="ilbench_toys:data/shore-v1",
    make_contexts="ilbench_toys.shore:make_contexts",
    splits=(
        Split(name="train", num_contexts=4, description="Starts."),
        Split(name="test", num_contexts=2, description="Other starts."),
    ),
    presets={name: Preset(num_contexts=2) for name in ("smoke", "standard", "full")},
    source="Made for the tests.",
    license="MIT",
)


class WalkEnv(TaskEnv):
    """Every observed value follows from the number of steps taken."""

    def __init__(self):
        self.observation_space = observation_space(TASK.observation)
        self.action_space = gym.spaces.Discrete(5)
        self.executed = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        context_from(options)
        self.executed = []
        return self._observation(), {"success": False, "mode": None}

    def step(self, action):
        self.executed.append(action)
        return self._observation(), 0.0, False, False, {"success": False, "mode": None}

    def state(self):
        return np.array(self.executed, dtype=np.int64)

    def _observation(self):
        steps = len(self.executed)
        return {
            "count": np.full(3, steps + 1, np.float32),
            "cells": np.full((5, 5, 2), 1 + steps % 3, np.uint8),
            "image": np.full((32, 32, 3), 100 + steps, np.uint8),
        }
