"""Goal-conditioned behavior cloning with goals in hindsight.

Whatever a demonstrator was after, it did go to each place where it was later. So the goal of a step is drawn
uniformly from what comes after it in the same demonstration, and the recorded goal is not looked at: data
without goals will do, and each demonstration teaches as many goals as it has places. Network and loss are
those of `bc_mlp`; widths and rate are those of GCBC in OGBench (Park et al., arXiv 2410.20092).

For tasks with float fields ``state`` and ``goal``, where a goal is a state's first components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ilbench.baselines.bc_mlp import BehaviorCloning, BehaviorCloningConfig
from ilbench.baselines.learner import Batch, InvalidConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalConditionedConfig(BehaviorCloningConfig):
    """Configuration of `GoalConditionedCloning`; OGBench takes a million steps of 1024 windows."""

    steps: int = 20_000
    learning_rate: float = 3e-4
    log_every: int = 2000
    checkpoint_every: int = 2000
    hidden: tuple[int, ...] = (512, 512, 512)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> GoalConditionedConfig:
        """Returns the defaults, the same for every task that states its goal.

        Raises:
            InvalidConfigError: The task has no ``state`` whose first components are a ``goal``.
        """
        _goal_size(task)
        return cls()


class GoalConditionedCloning(BehaviorCloning):
    """Behavior cloning whose goals are states to come.

    Raises:
        InvalidConfigError: The task has no ``state`` whose first components are a ``goal``.
    """

    def __init__(self, task: Mapping[str, Any], config: GoalConditionedConfig) -> None:
        self.goal_size = _goal_size(task)
        super().__init__(task, config)

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the z-scores; those of goals are those of states."""
        super().fit_statistics(self._with_goals(batch, batch.observations["state"]))

    def relabeled(
        self, batch: Batch, windows: Batch, indices: Tensor, ends: Tensor, generator: torch.Generator
    ) -> Batch:
        """Returns the batch with goals drawn from the rest of each demonstration.

        The state of the step itself is not among them, nor that which follows the last action; for the last
        step, which has no other, it is its own.
        """
        last = ends - 1
        first = torch.minimum(indices + 1, last)
        share = torch.rand(len(indices), generator=generator, dtype=torch.float64)
        later = first + (share * (last - first + 1)).long()
        return self._with_goals(batch, windows.observations["state"][later])

    def _with_goals(self, batch: Batch, states: Tensor) -> Batch:
        return batch._replace(observations={**batch.observations, "goal": states[..., : self.goal_size]})


def _goal_size(task: Mapping[str, Any]) -> int:
    fields = task["observation"]
    shapes = [fields[name]["shape"] for name in ("state", "goal") if name in fields]
    if len(shapes) < 2 or any(len(shape) != 1 for shape in shapes) or shapes[0] < shapes[1]:
        raise InvalidConfigError(
            f"{task['id']} cannot be learned with goals in hindsight: expected vectors 'state' and "
            f"'goal', the goal being the state's first components, found {', '.join(fields)}"
        )
    size: int = shapes[1][0]
    return size
