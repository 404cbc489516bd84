"""A task whose environment breaks now and then, for the tests of the runner."""

import dataclasses

import ilbench
from ilbench.tasks.disturbed_env import DisturbedEnv


class BrittleEnv(DisturbedEnv):
    """Raises at the fifth step of every episode whose seed is divisible by three."""

    def reset(self, *, seed=None, options=None):
        self._breaks = seed % 3 == 0
        self._count = 0
        return super().reset(seed=seed, options=options)

    def step(self, action):
        self._count += 1
        if self._breaks and self._count == 5:
            raise RuntimeError("the simulator is out of tune")
        return super().step(action)


TASK = dataclasses.replace(
    ilbench.find_task("d3il/avoiding-v3"), id="tests/brittle-v1", env="brittle:BrittleEnv"
)
