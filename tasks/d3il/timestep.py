"""Does a task's physics step matter? Its episodes, played again with steps of another length."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.importing import load_object
from ilbench.tasks.d3il.layout import Timing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A task at its own physics step and at a finer one, over the same episodes.

    Pushing is unstable: a nudge that differs in its last digits soon turns a cube the other way. Replays
    drift apart at any two steps therefore, and tell something about the task's own only beside those
    between the finer step and half of it.

    Attributes:
        success_rates: Of the expert in closed loop, at the task's step and at the finer one.
        same_outcomes: Share of these episodes that have the same success and mode at both.
        steps_per_s: Control steps a second with random actions, at both.
        drifts_m: Median over episodes and objects of how far apart replays of the same actions leave an
            object, m: at the task's step from the finer one, and at half the finer step from the finer one.
    """

    success_rates: tuple[float, float]
    same_outcomes: float
    steps_per_s: tuple[float, float]
    drifts_m: tuple[float, float]


def compare(task: Task, finer: int, num_episodes: int, split: str = "validation") -> Comparison:
    """Returns how `task` plays at its own number of physics steps in a control step and at `finer` ones.

    The replayed actions are those that the expert chose at the finer step.
    """
    make_env = load_object(task.env)
    own, fine, finest = (
        make_env(**task.env_options, timing=timing).unwrapped
        for timing in (None, Timing(steps=finer), Timing(steps=2 * finer))
    )
    contexts = task.contexts(split)
    successes, drifts, same = [], [], []
    for i in range(num_episodes):
        context = contexts[i % len(contexts)]
        _, outcome, _ = _demonstrate(task, own, context, i)
        actions, outcome_fine, poses = _demonstrate(task, fine, context, i)
        successes.append((outcome[0], outcome_fine[0]))
        same.append(outcome == outcome_fine)
        replays = [_replay(env, context, i, actions) for env in (own, finest)]
        drifts.append([np.linalg.norm(at - poses, axis=1) for at in replays])
    return Comparison(
        success_rates=_pair(np.mean(successes, axis=0)),
        same_outcomes=float(np.mean(same)),
        steps_per_s=(_speed(task, own), _speed(task, fine)),
        drifts_m=_pair(np.median(drifts, axis=(0, 2))),
    )


def _pair(values: NDArray[np.float64]) -> tuple[float, float]:
    own, other = values.tolist()
    return own, other


def _demonstrate(
    task: Task, env: Any, context: Any, seed: int
) -> tuple[list[NDArray[Any]], tuple[bool, int | None], NDArray[np.float64]]:
    """Returns the expert's actions, (success, mode), and where the objects end, shape (N, 3)."""
    observation, info = env.reset(seed=seed, options={"context": context})
    expert = task.make_expert()
    expert.reset(env, seed, seed % len(task.modes))
    actions: list[NDArray[Any]] = []
    for _ in range(task.horizon):
        actions.append(expert.act(observation))
        observation, _, terminated, _, info = env.step(actions[-1])
        if terminated:
            break
    return actions, (info["success"], info["mode"]), _positions(env)


def _replay(env: Any, context: Any, seed: int, actions: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Returns where the objects end, shape (N, 3), whatever happens on the way."""
    env.reset(seed=seed, options={"context": context})
    for action in actions:
        env.step(action)
    return _positions(env)


def _positions(env: Any) -> NDArray[np.float64]:
    return np.array([pose[:3] for pose in env.situation.objects])


def _speed(task: Task, env: Any, num_episodes: int = 3) -> float:
    """Returns control steps a second of wall time with random actions of up to 10 mm."""
    rng = np.random.default_rng(0)
    began, num_steps = time.perf_counter(), 0
    for i in range(num_episodes):
        env.reset(seed=i, options={"context": task.contexts("test")[i]})
        for action in rng.uniform(-0.01, 0.01, (task.horizon, *task.action.shape)).astype(np.float32):
            env.step(action)
            num_steps += 1
    return num_steps / (time.perf_counter() - began)
