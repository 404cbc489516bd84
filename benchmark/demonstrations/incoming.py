"""Demonstrations of others on their way in: each must be one that the task could have shown, or is refused.

What a simulator does itself is done to them, too: an action beyond its limits is clipped, which is counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.demonstrations.trajectory import Trajectory
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

NOT_FINITE = "expected finite numbers, found NaN, infinity or more than 32 bits hold"


class InvalidArchiveError(ILBenchError):
    """An archive without demonstrations, or with one that cannot be read: names file, field and problem."""


def is_finite(values: NDArray[Any]) -> bool:
    """Returns whether all numbers are finite, and stay so in the 32 bits in which they are kept."""
    with np.errstate(over="ignore"):
        return bool(np.all(np.isfinite(values.astype(np.float32) if values.dtype.kind == "f" else values)))


def admitted(task: Task, trajectory: Trajectory, place: str) -> tuple[Trajectory, int]:
    """Returns a demonstration with its actions within the task's limits, and of how many steps they were not.

    A learner sees what the simulator made of them: the environment, and the runner with any policy, clip at
    the same limits.

    Args:
        task: The task that it demonstrates.
        trajectory: As it was read.
        place: The file and the demonstration, for messages.

    Raises:
        InvalidArchiveError: A field has another shape, another kind of numbers, or is not finite.
    """
    length, action = len(trajectory), task.action
    if length < 1:
        raise InvalidArchiveError(f"{place}: no step in it, expected at least one")
    if set(trajectory.observations) != {field.name for field in task.observation}:
        found, wanted = sorted(trajectory.observations), [field.name for field in task.observation]
        raise InvalidArchiveError(f"{place}: observations {found}, expected {wanted}")
    for field in task.observation:
        values = trajectory.observations[field.name]
        _check(place, field.name, values, (length + 1, *field.shape), field.dtype)
    _check(place, "rewards", trajectory.rewards, (length,), "float64")
    for name in ("actions", "expert_actions"):
        _check(place, name, getattr(trajectory, name), (length, *action.shape), action.dtype)
    if action.num_actions is not None:
        for name in ("actions", "expert_actions"):
            values = getattr(trajectory, name)
            if values.min() < 0 or values.max() >= action.num_actions:
                expected = f"actions from 0 to {action.num_actions - 1}"
                raise InvalidArchiveError(
                    f"{place}: '{name}': expected {expected}, found {values.min()} to {values.max()}"
                )
        return trajectory, 0
    actions, wanted_actions = action.clip(trajectory.actions), action.clip(trajectory.expert_actions)
    num_clipped = int(np.any((actions != trajectory.actions).reshape(length, -1), axis=1).sum())
    return replace(trajectory, actions=actions, expert_actions=wanted_actions), num_clipped


def _check(place: str, name: str, values: NDArray[Any], shape: tuple[int, ...], dtype: str) -> None:
    if values.shape != shape or values.dtype != np.dtype(dtype):
        raise InvalidArchiveError(
            f"{place}: '{name}': expected {dtype} of shape {shape}, found {values.dtype} of {values.shape}"
        )
    if not is_finite(values):
        raise InvalidArchiveError(f"{place}: '{name}': {NOT_FINITE}")
