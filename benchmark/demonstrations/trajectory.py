"""Trajectory: the arrays of one played episode, and the digest of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ilbench.digest import array_digest, arrays_digest, json_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """One episode of an expert, T control steps long.

    Attributes:
        observations: By field name, shape ``(T + 1, *field.shape)``; row t is what action t answers.
        actions: What the environment executed, shape ``(T, *action.shape)``, noise included.
        expert_actions: What the expert wanted there, same shape: the labels to imitate. Equal to
            `actions` where no noise was injected.
        rewards: Shape ``(T,)``, float64; entry t is the answer to action t.
        success: By the task's rule.
        terminated: Whether the environment or success ended the episode, not the horizon.
        mode: Index of the behavior mode, None if undecided.
        context: Index into the contexts of the split it was played on; -1 where it is none of them.
        seed: What all its randomness follows from, see `ilbench.demonstrations.rollout.rollout`.
        num_retries: Failed attempts before this one, each with a seed of its own.
        procedure: By field name, what the expert computed for each action, shape ``(T, *field.shape)``;
            empty where it keeps that to itself.
    """

    observations: Mapping[str, NDArray[Any]]
    actions: NDArray[Any]
    expert_actions: NDArray[Any]
    rewards: NDArray[Any]
    success: bool
    terminated: bool
    mode: int | None
    context: int
    seed: int
    num_retries: int = 0
    procedure: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of control steps, T."""
        return len(self.actions)

    def digest(self) -> str:
        """Returns the digest of all arrays (dtype, shape, bytes) and facts."""
        return json_digest(
            [
                arrays_digest(self.observations),
                array_digest(self.actions, self.expert_actions, self.rewards),
                [self.success, self.terminated, self.mode, self.context, self.seed, self.num_retries],
                *([arrays_digest(self.procedure)] if self.procedure else []),
            ]
        )


def cut(trajectory: Trajectory, length: int) -> Trajectory:
    """Returns the first `length` steps of a longer trajectory: no success, no end, no mode of its own yet."""
    return replace(
        trajectory,
        observations={name: values[: length + 1] for name, values in trajectory.observations.items()},
        actions=trajectory.actions[:length],
        expert_actions=trajectory.expert_actions[:length],
        rewards=trajectory.rewards[:length],
        success=False,
        terminated=False,
        mode=None,
        procedure={name: values[:length] for name, values in trajectory.procedure.items()},
    )


def checksum(trajectories: Iterable[Trajectory]) -> str:
    """Returns the digest of trajectories in their order: equal content, equal text, however stored."""
    return json_digest([trajectory.digest() for trajectory in trajectories])
