"""A whole task in one small file: what a real one consists of, and something quick to write tests with.

`HARBOR` has everything that a task can have: an environment, contexts made by a generator, splits with a
graded shift, behavior modes, an expert, demonstrations, references, a golden trajectory and a ledger. Its
simulator is one line of arithmetic. ``ilbench run random --task ilbench.testing.toys:HARBOR`` plays it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

STEP_M = 0.1
SHORE_M = 1.0
START_NOISE_M = 0.05
STEP_COST = -0.1
SEED = 20261
NUM_CONTEXTS = 8

HARBOR = Task(
    id="toys/harbor-v1",
    summary="Row to the left or to the right shore.",
    env="ilbench.testing.toys:HarborEnv",
    env_options={"current": 0.01},
    packages=(),
    extra="all",
    horizon=40,
    control_hz=10.0,
    success_rule="ever",
    observation=(
        Field(name="state", shape=(2,), components=("measured x", "last speed"), unit="m"),
        Field(name="bearing", shape=(2,), dtype="uint8", description="Which shore is near: left, right."),
    ),
    action=ActionField(shape=(1,), low=-1.0, high=1.0, components=("speed",)),
    data="ilbench.testing:data/harbor-v1",
    make_contexts="ilbench.testing.toys:make_contexts",
    draw_fresh="ilbench.testing.toys:draw_fresh",
    splits=(
        Split(name="train", num_contexts=NUM_CONTEXTS, description="Starts near the middle."),
        Split(name="test", num_contexts=NUM_CONTEXTS, description="Other starts near the middle."),
        Split(
            name="shift/current-1",
            num_contexts=NUM_CONTEXTS,
            description="A stronger current.",
            severity=1,
            of="test",
            overlay={"current": 0.03},
        ),
    ),
    presets={
        "smoke": Preset(num_contexts=2),
        "standard": Preset(num_contexts=4),
        "full": Preset(num_contexts=NUM_CONTEXTS, num_repeats=2),
    },
    modes=("left", "right"),
    expert="ilbench.testing.toys:Rower",
    demonstrations=DemonstrationPlan(count=8, balanced_modes=True, description="Rows straight to a shore."),
    tags=frozenset({"toy"}),
    source="Made for tests.",
    license="MIT",
)
TASKS = (HARBOR,)


def toy_task(**changes: Any) -> Task:
    """Returns `HARBOR` with other values in some of its fields."""
    return replace(HARBOR, **changes)


class HarborEnv(TaskEnv):
    """A boat on a line between shores at -1 and 1 m: `STEP_M` times the action a step, plus the current.

    Args:
        current: Drift in m a step; a context may hold another.
    """

    def __init__(self, current: float, render_mode: str | None = None) -> None:
        self.observation_space = observation_space(HARBOR.observation)
        self.action_space = gym.spaces.Box(-1, 1, (1,), np.float32)
        self._default_current = self._current = current
        self._x = self._speed = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts near the context's ``x``."""
        super().reset(seed=seed)
        context = context_from(options)
        self._x = context["x"] + self.np_random.uniform(-START_NOISE_M, START_NOISE_M)
        self._speed = 0.0
        self._current = context.get("current", self._default_current)
        return self._observation(), self._info()

    def step(self, action: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the boat; each step costs."""
        self._speed = float(action[0])
        self._x += STEP_M * self._speed + self._current
        return self._observation(), STEP_COST, False, False, self._info()

    def state(self) -> NDArray[Any]:
        """Returns place and speed."""
        return np.array([self._x, self._speed])

    def _info(self) -> dict[str, Any]:
        success = abs(self._x) >= SHORE_M
        return {"success": success, "mode": int(self._x > 0) if success else None}

    def _observation(self) -> dict[str, NDArray[Any]]:
        return {
            "state": self.state().astype(np.float32),
            "bearing": np.array([self._x < 0, self._x >= 0], np.uint8),
        }


class Rower:
    """Rows to the shore of its mode, at a speed that the seed chooses."""

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Chooses shore and speed."""
        rng = np.random.default_rng(seed)
        side = int(rng.integers(2)) if mode is None else mode
        self._action = np.array([(2 * side - 1) * rng.uniform(0.6, 1.0)], np.float32)

    def act(self, observation: Observation) -> NDArray[Any]:
        """Returns the same speed at every step."""
        return self._action


def make_contexts() -> Mapping[str, list[dict[str, float]]]:
    """Returns the starts by split, drawn from a fixed seed."""
    rng = np.random.default_rng(SEED)
    starts = rng.uniform(-0.4, 0.4, (2, NUM_CONTEXTS)).round(3).tolist()
    return {name: [{"x": x} for x in xs] for name, xs in zip(("train", "test"), starts, strict=True)}


def draw_fresh(rng: np.random.Generator) -> Iterator[dict[str, float]]:
    """Yields starts as those of ``test`` are drawn, without end."""
    while True:
        yield {"x": round(float(rng.uniform(-0.4, 0.4)), 3)}
