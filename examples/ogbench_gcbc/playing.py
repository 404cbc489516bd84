"""Episodes of OGBench's medium point maze, all contexts side by side, in a plain loop.

Same contexts, environment, clipping and horizon as `ilbench run`. One thing is shorter: who did not move in
50 steps is not played on, since a policy without memory in a world without chance never will.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.registry import find_task

TASK = "navigation/ogbench-pointmaze-medium-navigate-v1"
NUM_GOALS = 5
GLANCE_STEPS = 50
"""Every so many steps it is seen how far each has got; who is on the way has got ten meters."""

STILL_M, NEAR_M = 0.001, 1.0

Floats: TypeAlias = NDArray[Any]
Act: TypeAlias = Callable[[Floats, Floats], Floats]
"""Of states and goals, (B, 2) in meters, to actions, (B, 2)."""


class Episodes(NamedTuple):
    """What came of the episodes.

    Attributes:
        success: Whether each reached its goal within the task's 1000 steps.
        stays: Whether each, short of its goal, ended within `NEAR_M` from where it had been `GLANCE_STEPS`
            before: it stands, or goes to and fro, and would do so for ever.
    """

    success: NDArray[np.bool_]
    stays: NDArray[np.bool_]


def play(act: Act, num_contexts: int = 250) -> Episodes:
    """Returns the episodes of the first test contexts.

    The contexts are OGBench's five starts and goals in turn, so that every multiple of five is balanced.
    Actions are clipped to [-1, 1], as OGBench's evaluation and our runner do.

    Args:
        act: The policy; a function of state and goal alone.
        num_contexts: How many are played.
    """
    task = find_task(TASK)
    contexts = task.contexts("test")[:num_contexts]
    envs = [task.make_env() for _ in contexts]
    shown = [
        env.reset(seed=0, options={"context": context})[0]
        for env, context in zip(envs, contexts, strict=True)
    ]
    states = np.stack([one["state"] for one in shown])
    goals = np.stack([one["goal"] for one in shown])
    success, stands = np.zeros((2, len(envs)), bool)
    glance = states.copy()
    for step in range(task.horizon):
        if step % GLANCE_STEPS == 0 and step:
            stands |= ~success & (_distance(states, glance) < STILL_M)
            glance = states.copy()
        left = np.flatnonzero(~success & ~stands)
        if len(left) == 0:
            break
        actions = np.clip(act(states[left], goals[left]), -1.0, 1.0).astype(np.float32)
        for row, action in zip(left.tolist(), actions, strict=True):
            observation, _, success[row], _, _ = envs[row].step(action)
            states[row] = observation["state"]
    return Episodes(success, ~success & (_distance(states, glance) < NEAR_M))


def by_goal(success: NDArray[np.bool_]) -> list[float]:
    """Returns the success rate on each of the five goals."""
    rates: list[float] = success.reshape(-1, NUM_GOALS).mean(axis=0).tolist()
    return rates


def _distance(here: Floats, there: Floats) -> Floats:
    return np.linalg.norm(here - there, axis=1)
