"""Does a task's physics step matter? Its episodes, played again with steps of another length."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.importing import load_object

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A task at its own physics step and at a finer one, over the same episodes.

    Attributes:
        success_rates: Of the expert in closed loop, at the task's step and at the finer one.
        steps_per_s: Control steps a second with random actions, likewise.
        same_outcomes: Share of episodes in which the expert's actions, recorded at the task's step and
            replayed open loop at the finer one, lead to the same success and mode.
        drift_m: Median over episodes and objects of how far apart the two replays leave an object, m.
    """

    success_rates: tuple[float, float]
    steps_per_s: tuple[float, float]
    same_outcomes: float
    drift_m: float


def compare(task: Task, finer: int, num_episodes: int, split: str = "validation") -> Comparison:
    """Returns how `task` plays at its own number of physics steps in a control step and at `finer` ones."""
    make_env = load_object(task.env)
    own, fine = make_env(**task.env_options), make_env(**task.env_options, substeps=finer)
    contexts = task.contexts(split)
    successes, same, drifts = [], [], []
    for i in range(num_episodes):
        context = contexts[i % len(contexts)]
        actions, outcome, poses = _demonstrate(task, own, context, i)
        _, outcome_fine, _ = _demonstrate(task, fine, context, i)
        replayed, poses_replayed = _replay(fine, context, i, actions)
        successes.append((outcome[0], outcome_fine[0]))
        same.append(outcome == replayed)
        drifts += np.linalg.norm(poses - poses_replayed, axis=1).tolist()
    rates = np.mean(successes, axis=0)
    return Comparison(
        success_rates=(float(rates[0]), float(rates[1])),
        steps_per_s=(_speed(task, own), _speed(task, fine)),
        same_outcomes=float(np.mean(same)),
        drift_m=float(np.median(drifts)),
    )


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


def _replay(
    env: Any, context: Any, seed: int, actions: list[NDArray[Any]]
) -> tuple[tuple[bool, int | None], NDArray[np.float64]]:
    """Returns (success, mode) and where the objects end, whatever happens on the way."""
    env.reset(seed=seed, options={"context": context})
    for action in actions:
        info = env.step(action)[4]
    return (info["success"], info["mode"]), _positions(env)


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
