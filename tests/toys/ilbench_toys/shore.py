"""The environment of the toy task, and experts of different talent."""

import os
import signal
import time

import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench_toys import TASK

STEP_M = 0.1


class ShoreEnv(TaskEnv):
    """A point between two shores at -1 and 1 that moves `STEP_M` times the action plus a drift."""

    def __init__(self, drift: float) -> None:
        self.observation_space = observation_space(TASK.observation)
        self._drift = drift
        self._x = np.zeros(1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._x = np.array([context_from(options)["x"]]) + self.np_random.uniform(-0.05, 0.05, 1)
        return self._observation(), self._info()

    def step(self, action):
        self._x = self._x + STEP_M * action + self._drift
        return self._observation(), -0.1, False, False, self._info()

    def state(self):
        return self._x.copy()

    def _info(self):
        success = bool(abs(self._x[0]) >= 1)
        return {"success": success, "mode": int(self._x[0] > 0) if success else None}

    def _observation(self):
        pattern = np.arange(3072, dtype=np.int64) * 37 + int(self._x[0] * 1000)
        return {
            "position": self._x.astype(np.float32),
            "image": (pattern % 256).astype(np.uint8).reshape(32, 32, 3),
            "grid": (pattern[:27] % 11).astype(np.uint8).reshape(3, 3, 3),
            "bits": (pattern[:4] % 2).astype(np.uint8),
        }


class Swimmer:
    """Swims to the shore of its mode at a speed that the seed chooses."""

    def reset(self, env, seed, mode=None):
        rng = np.random.default_rng(seed)
        side = rng.integers(2) if mode is None else mode
        self._action = np.array([(2 * side - 1) * rng.uniform(0.6, 1.0)], dtype=np.float32)

    def act(self, observation):
        return self._action


class TiredSwimmer(Swimmer):
    """Gives up at once on two of three seeds."""

    def reset(self, env, seed, mode=None):
        super().reset(env, seed, mode)
        self._action *= seed % 3 == 0


class ObstinateSwimmer(Swimmer):
    """Arrives at the left shore whatever it is asked for."""

    def reset(self, env, seed, mode=None):
        super().reset(env, seed, 0)


class ThinkingSwimmer(Swimmer):
    """Says what it saw and what it meant to do: a number, two counts and a text."""

    def act(self, observation):
        side = "right" if self._action[0] > 0 else "left"
        self._thought = {
            "distance": np.float32(1 - abs(observation["position"][0])),
            "strokes": np.arange(2) + int(observation["grid"][0, 0, 0]),
            "goal": np.frombuffer(f"swim {side} – on".encode().ljust(24, b"\0"), np.uint8),
        }
        return super().act(observation)

    def procedure(self):
        return self._thought


class SlowSwimmer(Swimmer):
    """Takes a second of wall clock a step, and says on disk which process it is."""

    def act(self, observation):
        folder = os.environ["TOY_PIDS"]
        with open(os.path.join(folder, str(os.getpid())), "w"):  # noqa: PTH118, PTH123 - a toy
            time.sleep(1)
        return super().act(observation)


class DrowningSwimmer(Swimmer):
    """Takes its whole process down."""

    def act(self, observation):
        os.kill(os.getpid(), signal.SIGKILL)


def make_contexts():
    """Returns the starts, by split."""
    return {"train": [{"x": x} for x in (-0.3, -0.1, 0.1, 0.3)], "test": [{"x": x} for x in (-0.2, 0.2)]}


class CrashingEnv(ShoreEnv):
    """Takes its whole process down, as a simulator with a memory fault does."""

    def reset(self, *, seed=None, options=None):
        os.kill(os.getpid(), signal.SIGKILL)
