"""How fast the suite's tasks step, beside MuJoCo alone and beside D3IL."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

if TYPE_CHECKING:
    from ilbench.contract.task import Task

ORIGINAL = {
    "avoiding": "10-14",
    "aligning": "12",
    "pushing": "16",
    "sorting-2": "17-20",
    "sorting-4": "17-20",
    "sorting-6": "17-20",
    "stacking-1": "52",
    "stacking-2": "52",
    "stacking-3": "52",
}
"""D3IL's own environments, control steps/s on one thread of a two-core Xeon: another machine, another day."""

STEP_M = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Medians over episodes, control steps a second of processor time.

    Attributes:
        whole: The whole environment with random actions.
        physics: MuJoCo alone, from the same states, with controls held.
        share: Of the environment's time that is MuJoCo's.
    """

    whole: float
    physics: float
    share: float


def measure_speeds(task: Task, num_rounds: int, num_steps: int) -> Speeds:
    """Returns how fast a state task of the suite steps."""
    env = task.make_env()
    rng = np.random.default_rng(0)
    contexts = task.contexts("test")
    measured = []
    for number in range(-1, num_rounds):
        env.reset(seed=0, options={"context": contexts[number % len(contexts)]})
        actions = rng.uniform(-STEP_M, STEP_M, (num_steps, *task.action.shape)).astype(np.float32)
        whole, physics = _pace(env, actions)
        if number >= 0:  # the first is to warm up
            measured.append((whole, physics, whole / physics))
    env.close()
    whole, physics, share = (statistics.median(column) for column in zip(*measured, strict=True))
    return Speeds(whole=whole, physics=physics, share=share)


def _pace(env: Any, actions: Any) -> tuple[float, float]:
    """Returns steps a second of the environment, and of MuJoCo from where the environment was before each."""
    raw = env.unwrapped
    model, twin = raw.physics, mujoco.MjData(raw.physics)
    spec = mujoco.mjtState.mjSTATE_INTEGRATION
    size = mujoco.mj_stateSize(model, spec)
    spent = alone = 0.0
    for action in actions:
        mujoco.mj_setState(model, twin, raw.state()[:size], spec)
        begin = time.process_time()
        mujoco.mj_step(model, twin, raw.timing.steps)
        alone += time.process_time() - begin
        begin = time.process_time()
        env.step(action)
        spent += time.process_time() - begin
    return len(actions) / spent, len(actions) / alone
