"""What a baseline costs: parameters, network evaluations, time an action and time a training step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ilbench.baselines.checkpoint import default_config, make_learner
from ilbench.baselines.learner import Batch, LearnedPolicy, Learner, TrainingConfig
from ilbench.contract.policy import DEFAULT_WIDTH

WARM_UP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a baseline costs at its default configuration for a task.

    Attributes:
        baseline: Its name.
        parameters: Numbers that training changes.
        evaluations: Network evaluations of an action: those of a call over the actions that it plays.
        action_ms: Processor time of an action in each of the eight lanes of a call, in milliseconds: of one
            call, over the actions that it plays and the lanes.
        step_ms: Processor time of a training step, in milliseconds.
        batch_size: Windows a step.
        steps: Steps of its training.
    """

    baseline: str
    parameters: int
    evaluations: float
    action_ms: float
    step_ms: float
    batch_size: int
    steps: int


def measure_costs(baselines: Sequence[str], task: Mapping[str, Any], rounds: int = 7) -> tuple[Costs, ...]:
    """Returns the costs of baselines, measured in turns; medians over the rounds.

    Weights are fresh and data random: neither changes what is computed.

    Args:
        baselines: Names of baselines that the shared trainer trains.
        task: The task's public description.
        rounds: Measurements of each.
    """
    torch.set_num_threads(1)
    subjects = [_Subject(name, task) for name in baselines]
    times: list[list[tuple[float, float]]] = [[] for _ in subjects]
    for _ in range(WARM_UP + rounds):
        for subject, found in zip(subjects, times, strict=True):
            found.append((_seconds(subject.act), _seconds(subject.step)))
    return tuple(s.costs(t[WARM_UP:]) for s, t in zip(subjects, times, strict=True))


class _Subject:
    """A baseline that acts and is trained, as often as it is asked to."""

    def __init__(self, name: str, task: Mapping[str, Any]) -> None:
        self._name = name
        self._config: TrainingConfig = default_config(name, task)
        self._trained = make_learner(name, task, self._config)
        acting = make_learner(name, task, self._config)
        self._evaluations = 0
        acting.register_forward_hook(self._count)
        self._policy: LearnedPolicy = acting.policy()
        self._seen = _seen(task, acting.history)
        self._played = getattr(self._policy, "chunk", 1)
        self._batch = _batch(task, self._trained, self._config.batch_size)
        self._generator = torch.Generator().manual_seed(0)
        self._optimizer = torch.optim.AdamW(self._trained.parameters(), fused=True)

    def act(self) -> None:
        self._evaluations = 0
        self._policy.act(self._seen)

    def step(self) -> None:
        loss = self._trained.train().loss(self._batch, self._generator)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def costs(self, times: Sequence[tuple[float, float]]) -> Costs:
        acting, training = (1000 * statistics.median(column) for column in zip(*times, strict=True))
        return Costs(
            baseline=self._name,
            parameters=sum(parameter.numel() for parameter in self._trained.parameters()),
            evaluations=self._evaluations / self._played,
            action_ms=acting / self._played / DEFAULT_WIDTH,
            step_ms=training,
            batch_size=self._config.batch_size,
            steps=self._config.steps,
        )

    def _count(self, *_: object) -> None:
        self._evaluations += 1


def _seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _seen(task: Mapping[str, Any], history: int) -> dict[str, NDArray[Any]]:
    return {
        name: np.zeros((DEFAULT_WIDTH, history, *field["shape"]), field["dtype"])
        for name, field in task["observation"].items()
    }


def _batch(task: Mapping[str, Any], learner: Learner, size: int) -> Batch:
    generator = torch.Generator().manual_seed(0)
    observations = {
        name: _drawn((size, learner.history, *field["shape"]), field["dtype"], 2, generator)
        for name, field in task["observation"].items()
    }
    action = task["action"]
    actions = _drawn(
        (size, learner.chunk, *action["shape"]), action["dtype"], action["num_actions"] or 2, generator
    )
    return Batch(observations, actions, torch.ones(size, learner.chunk, dtype=torch.bool))


def _drawn(shape: tuple[int, ...], dtype: str, below: int, generator: torch.Generator) -> Tensor:
    if dtype.startswith("float"):
        return torch.rand(shape, generator=generator).to(getattr(torch, dtype))
    return torch.randint(below, shape, generator=generator).to(getattr(torch, dtype))
