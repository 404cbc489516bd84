"""One expert episode, from reset to end, with or without injected noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.episode import EpisodeProgress
from ilbench.errors import ILBenchError
from ilbench.policy import Procedural
from ilbench.task import ActionField, Task
from ilbench.trajectory import Trajectory

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from ilbench.policy import Expert, Observation


class InvalidExpertActionError(ILBenchError):
    """An expert returned an action that the task does not have."""


class InvalidProcedureError(ILBenchError):
    """An expert explains its action by other arrays than its task declares."""


def rollout(
    task: Task,
    env: gym.Env[Any, Any],
    expert: Expert,
    context: int,
    seed: int,
    *,
    split: str = "train",
    mode: int | None = None,
    noise: float = 0.0,
    steps_after_success: int | None = None,
) -> Trajectory:
    """Returns the trajectory of one expert episode, whether or not it succeeded.

    With noise the *executed* action is perturbed while the expert's own action is kept as the label, so
    that a learner sees states beside the expert's path together with the way back: DART, Laskey et al.,
    "DART: Noise Injection for Robust Imitation Learning", CoRL 2017. See `perturbation` for the scale.

    Args:
        task: The task; its horizon and success rule are applied.
        env: An environment of the task. It is reset first, so a used one will do.
        expert: An expert of the task.
        context: Index into the contexts of `split`.
        seed: Fixes the episode: environment, expert and noise take independent streams of it.
        split: Where the context is from.
        mode: The behavior mode to ask the expert for.
        noise: How strongly to perturb, 0 for not at all.
        steps_after_success: Ends the episode so many steps after its first success, where it would go on;
            None for not before the task's own end.

    Raises:
        InvalidExpertActionError: The expert's action has another shape, is not finite or out of range.
        InvalidProcedureError: What it says of its procedure is not what the task declares.
    """
    env_seed, expert_seed, noise_seed = _streams(seed)
    perturb = perturbation(task.action, noise, np.random.default_rng(noise_seed))
    start = task.contexts(split)[context]
    observation, info = env.reset(seed=env_seed, options={"context": start})
    expert.reset(env, expert_seed, mode)
    progress = EpisodeProgress(task, info)
    observations, actions, expert_actions, rewards = [observation], [], [], []
    procedures: list[Mapping[str, NDArray[Any]]] = []
    ended, steps_left = False, np.inf if steps_after_success is None else steps_after_success
    while not ended:
        wanted = expert_action(task, expert, observation)
        procedures.append(expert_procedure(task, expert))
        action = perturb(wanted)
        executed = action if task.action.num_actions is None else int(action)
        observation, reward, terminated, truncated, info = env.step(executed)
        ended = progress.step(reward, bool(terminated), bool(truncated), info)
        ended = ended or (progress.success and steps_left == 0)
        steps_left -= progress.success
        observations.append(observation)
        actions.append(action)
        expert_actions.append(wanted)
        rewards.append(float(reward))
    return Trajectory(
        observations={f.name: np.stack([o[f.name] for o in observations]) for f in task.observation},
        actions=np.stack(actions),
        expert_actions=np.stack(expert_actions),
        rewards=np.array(rewards, dtype=np.float64),
        success=progress.success,
        terminated=progress.terminated,
        mode=progress.mode,
        context=context,
        seed=seed,
        procedure={name: np.stack([p[name] for p in procedures]) for name in procedures[0]},
    )


def perturbation(
    action: ActionField, noise: float, rng: np.random.Generator
) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Returns the function that turns the expert's action into the executed one.

    Continuous: independent Gaussian noise with a standard deviation of `noise` times half the action
    range, clipped to the bounds (so the mean moves inwards near a bound); without bounds `noise` is
    the standard deviation in action units. Discrete: with probability `noise` an action drawn
    uniformly from all, which may be the expert's own.
    """
    if noise == 0.0:
        return lambda wanted: wanted
    if action.num_actions is not None:
        num_actions = action.num_actions
        return lambda wanted: np.asarray(rng.integers(num_actions)) if rng.random() < noise else wanted
    bounded = action.low is not None and action.high is not None
    scale = noise * ((action.high - action.low) / 2 if bounded else 1.0)  # type: ignore[operator]
    return lambda wanted: _clipped(action, wanted + rng.normal(0.0, scale, wanted.shape))


def expert_action(task: Task, expert: Expert, observation: Observation) -> NDArray[Any]:
    """Returns the expert's action as a policy's would reach the environment: cast and clipped.

    Raises:
        InvalidExpertActionError: It has another shape, is not finite or out of range.
    """
    value: NDArray[Any] = np.asarray(expert.act(observation))
    field = task.action
    if value.shape != field.shape:
        raise InvalidExpertActionError(
            f"expert of {task.id}: action of shape {value.shape}, expected {field.shape}"
        )
    if not np.all(np.isfinite(value)):
        raise InvalidExpertActionError(f"expert of {task.id}: action is not finite: {value}")
    if field.num_actions is None:
        return _clipped(field, value)
    if not 0 <= value < field.num_actions or value != np.int64(value):
        raise InvalidExpertActionError(
            f"expert of {task.id}: action {value}, expected an integer in [0, {field.num_actions})"
        )
    return value.astype(np.int64)


def expert_procedure(task: Task, expert: Expert) -> dict[str, NDArray[Any]]:
    """Returns copies of what the expert computed for its last action, as the task declares it.

    It is empty where the task declares nothing, or where this expert keeps it to itself.

    Raises:
        InvalidProcedureError: Other names, shapes or dtypes than declared.
    """
    declared = task.demonstrations.procedure if task.demonstrations else ()
    if not declared or not isinstance(expert, Procedural):
        return {}
    found = {name: np.array(values) for name, values in expert.procedure().items()}
    expected = {f.name: (f.shape, f.dtype) for f in declared}
    shown = {name: (values.shape, values.dtype.name) for name, values in found.items()}
    if shown != expected:
        raise InvalidProcedureError(f"procedure of {task.id}: found {shown}, declared {expected}")
    return found


def _streams(seed: int) -> tuple[int, int, int]:
    """Returns seeds of the environment, the expert and the noise, each in [0, 2**63)."""
    env, expert, noise = np.random.SeedSequence(seed).generate_state(3, np.uint64) >> np.uint64(1)
    return int(env), int(expert), int(noise)


def _clipped(field: ActionField, value: NDArray[Any]) -> NDArray[Any]:
    action = value.astype(np.float32)
    if field.low is None and field.high is None:
        return action
    return np.clip(action, field.low, field.high)
