"""How fast a robosuite task steps: robosuite itself, this project's environment, and MuJoCo alone."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from ilbench.contract.task import Task

ACTION_SCALE = 0.5
"""Random actions are drawn from this part of their range, so that the arm stays about its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Control steps in a second of processor time, the same episodes each: medians over rounds.

    Attributes:
        stock: robosuite's own step.
        ours: The task's environment.
        physics: As many MuJoCo steps as a control step has, from the states that the episode went through.
        times_faster: Median over rounds of ours over stock.
        times_physics: Median over rounds of physics over ours: 1 would be an environment without a cost.
    """

    stock: float
    ours: float
    physics: float
    times_faster: float
    times_physics: float


def measure_speeds(task: Task, rounds: int, steps: int) -> Speeds:
    """Returns the three speeds, taken in turns in each round.

    Args:
        task: A task of the robosuite suite.
        rounds: Test contexts, in order, one a round.
        steps: Control steps of each in a round.
    """
    env: Any = task.make_env()
    inner: Any = env.unwrapped
    contexts = task.contexts("test")
    size, low, high = task.action.shape, task.action.low or 0.0, task.action.high or 0.0
    measured = []
    for number in range(-1, rounds):
        start = {"context": contexts[number % len(contexts)]}
        rng = np.random.default_rng(max(number, 0))
        actions = (ACTION_SCALE * rng.uniform(low, high, (steps, *size))).astype(np.float32)
        env.reset(options=start)
        ours, states = _play(inner, env.step, actions)
        env.reset(options=start)
        stock, _ = _play(inner, inner.sim_env.step, actions)
        physics = _physics(inner, states)
        if number >= 0:  # the first is to warm up
            measured.append((stock, ours, physics, ours / stock, physics / ours))
    env.close()
    medians = [statistics.median(column) for column in zip(*measured, strict=True)]
    return Speeds(
        stock=medians[0],
        ours=medians[1],
        physics=medians[2],
        times_faster=medians[3],
        times_physics=medians[4],
    )


def _play(env: Any, step: Callable[[Any], Any], actions: Any) -> tuple[float, list[Any]]:
    """Returns steps a second, and the state before each step."""
    states, spent = [], 0.0
    for action in actions:
        states.append(env.state())
        begin = time.process_time()
        step(action)
        spent += time.process_time() - begin
    return len(actions) / spent, states


def _physics(env: Any, states: list[Any]) -> float:
    """Returns control steps a second of MuJoCo alone, each from one of the states with its controls held."""
    model, data, substeps = env.physics, env.sim_env.sim.data._data, env.num_substeps
    spent = 0.0
    for state in states:
        mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
        begin = time.process_time()
        mujoco.mj_step(model, data, substeps)
        spent += time.process_time() - begin
    return len(states) / spent
