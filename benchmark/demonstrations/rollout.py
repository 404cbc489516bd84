"""One expert episode, from reset to end, with or without injected noise or a detour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.fields import ActionField
from ilbench.contract.policy import Procedural
from ilbench.contract.task import Task
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert, Observation


class InvalidExpertActionError(ILBenchError):
    """An expert returned an action that the task does not have."""


class InvalidProcedureError(ILBenchError):
    """An expert explains its action by other arrays than its task declares."""


Label: TypeAlias = Literal["wanted", "executed"]
"""Which action is recorded as the expert's where noise was injected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """A segment of an episode that has nothing to do with the task.

    Attributes:
        start: The step at which it begins.
        length: Steps out, and back again where actions have an opposite.
    """

    start: int
    length: int

    def actions(self, field: ActionField, rng: np.random.Generator) -> list[NDArray[Any]]:
        """Returns its actions in order.

        Continuous actions go from the middle of the range in one direction, drawn on the unit sphere of half
        action ranges (of `ActionField.scale` without limits), then in the opposite one. Of discrete ones it
        is one, drawn uniformly, without a way back.
        """
        if field.num_actions is not None:
            return [field.sample(rng)] * self.length
        low, high = field.usual_range
        direction = rng.normal(size=field.shape)
        reach = (high - low) / 2 * direction / np.linalg.norm(direction)
        out, back = ((high + low) / 2 + sign * reach for sign in (1, -1))
        return [field.clip(out)] * self.length + [field.clip(back)] * self.length


def rollout(
    task: Task,
    env: Environment,
    expert: Expert,
    context: int,
    seed: int,
    *,
    split: str = "train",
    mode: int | None = None,
    noise: float = 0.0,
    label: Label = "wanted",
    detour: Detour | None = None,
    steps_after_success: int | None = None,
) -> Trajectory:
    """Returns the trajectory of one expert episode, whether or not it succeeded.

    With noise the *executed* action is perturbed while the expert's own action is kept as the label, so
    that a learner sees states beside the expert's path together with the way back: DART, Laskey et al.,
    "DART: Noise Injection for Robust Imitation Learning", CoRL 2017. See `perturbation` for the scale.

    Args:
        task: The task; its horizon and success rule are applied.
        env: An environment of the task. It is reset first, so a used one will do.
        expert: An expert of the task. It is asked at every step, even where something else is done.
        context: Index into the contexts of `split`.
        seed: Fixes the episode: environment, expert, noise and detour take independent streams of it.
        split: Where the context is from.
        mode: The behavior mode to ask the expert for.
        noise: How strongly to perturb, 0 for not at all.
        label: Which action is recorded as the expert's.
        detour: A segment during which the expert is overruled; its actions are recorded as the expert's.
        steps_after_success: Ends the episode so many steps after its first success, where it would go on;
            None for not before the task's own end.

    Raises:
        InvalidExpertActionError: The expert's action has another shape, is not finite or out of range.
        InvalidProcedureError: What it says of its procedure is not what the task declares.
    """
    env_seed, expert_seed, noise_seed, detour_seed = _streams(seed)
    perturb = perturbation(task.action, noise, np.random.default_rng(noise_seed))
    imposed = _imposed(task.action, detour, np.random.default_rng(detour_seed))
    start = task.contexts(split)[context]
    observation, info = env.reset(seed=env_seed, options={"context": start})
    expert.reset(env, expert_seed, mode)
    progress = EpisodeProgress(task, info)
    observations, steps = [observation], list[_Step]()
    ended, steps_left = False, np.inf if steps_after_success is None else steps_after_success
    while not ended:
        wanted = expert_action(task, expert, observation)
        procedure = expert_procedure(task, expert)
        overruled = imposed.get(len(steps))
        action = perturb(wanted) if overruled is None else overruled
        executed = action if task.action.num_actions is None else int(action)
        observation, reward, terminated, truncated, info = env.step(executed)
        ended = progress.step(reward, terminated, truncated, info)
        ended = ended or (progress.success and steps_left == 0)
        steps_left -= progress.success
        is_wanted = label == "wanted" and overruled is None
        observations.append(observation)
        steps.append(_Step(action, wanted if is_wanted else action, float(reward), procedure))
    return Trajectory(
        observations={f.name: np.stack([o[f.name] for o in observations]) for f in task.observation},
        actions=np.stack([step.action for step in steps]),
        expert_actions=np.stack([step.label for step in steps]),
        rewards=np.array([step.reward for step in steps], dtype=np.float64),
        success=progress.success,
        terminated=progress.terminated,
        mode=progress.mode,
        context=context,
        seed=seed,
        procedure={name: np.stack([step.procedure[name] for step in steps]) for name in steps[0].procedure},
    )


class _Step(NamedTuple):
    action: NDArray[Any]
    label: NDArray[Any]
    reward: float
    procedure: Mapping[str, NDArray[Any]]


def _imposed(
    field: ActionField, detour: Detour | None, rng: np.random.Generator
) -> Mapping[int, NDArray[Any]]:
    """Returns the actions of the detour by the step at which each is done."""
    return {} if detour is None else dict(enumerate(detour.actions(field, rng), start=detour.start))


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
        return lambda wanted: action.sample(rng) if rng.random() < noise else wanted
    scale = noise * action.noise_unit
    return lambda wanted: action.clip(wanted + rng.normal(0.0, scale, wanted.shape))


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
        return field.clip(value)
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


def _streams(seed: int) -> tuple[int, int, int, int]:
    """Returns seeds of the environment, the expert, the noise and the detour, each in [0, 2**63)."""
    streams = np.random.SeedSequence(seed).generate_state(4, np.uint64) >> np.uint64(1)
    env, expert, noise, detour = map(int, streams)
    return env, expert, noise, detour
