"""Learner: what a trainable baseline is to the trainer, and what its policy shares with the others."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ilbench.contract.policy import DEFAULT_WIDTH, Observation
from ilbench.errors import ILBenchError, InvalidPolicyError


class InvalidConfigError(ILBenchError):
    """A configuration value out of its range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How long and how a learner is trained; each method adds its own fields.

    Attributes:
        steps: Optimizer steps.
        batch_size: Windows a step, drawn with replacement.
        learning_rate: Of AdamW, after warm-up.
        weight_decay: Of AdamW.
        warmup_steps: Steps over which the rate rises linearly from 0; it then falls to 0 as a cosine.
        gradient_clip: Largest norm of the gradient.
        ema_decay: Decay of the moving average of the weights, which is what acts in the end.
        validation_fraction: Share of the demonstrations kept out of training, for the loss curve only.
        log_every: Steps between two points of the loss curve.
        checkpoint_every: Steps between two checkpoints from which training can resume.
    """

    steps: int = 10_000
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup_steps: int = 200
    gradient_clip: float = 1.0
    ema_decay: float = 0.995
    validation_fraction: float = 0.05
    log_every: int = 250
    checkpoint_every: int = 1000

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "log_every", "checkpoint_every"):
            check_range(name, getattr(self, name), 1, math.inf)
        check_range("validation_fraction", self.validation_fraction, 0, 0.5)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Returns nothing if ``low <= value <= high``.

    Raises:
        InvalidConfigError: It is not.
    """
    if not low <= value <= high:
        raise InvalidConfigError(f"{name} must be between {low} and {high}, found {value}")


class Batch(NamedTuple):
    """Windows of demonstrations.

    Attributes:
        observations: Per field ``(B, history, *shape)``, oldest first.
        actions: ``(B, chunk, *action.shape)``, the first one belongs to the last observation.
        mask: ``(B, chunk)``, False where the demonstration had ended.
        procedure: Per procedure field that the learner asks for ``(B, *shape)``.
    """

    observations: Mapping[str, Tensor]
    actions: Tensor
    mask: Tensor
    procedure: Mapping[str, Tensor] = MappingProxyType({})


class Learner(nn.Module, ABC):
    """A network with a loss, and the policy that it becomes.

    Args:
        task: The public description, `Task.description`: all that the network is built from.
        config: The method's configuration.

    Attributes:
        history: Observations in a window.
        chunk: Actions in a window.
        procedure: Fields of the expert's procedure that it learns from.
    """

    history: int = 1
    chunk: int = 1
    procedure: tuple[str, ...] = ()

    def __init__(self, task: Mapping[str, Any]) -> None:
        super().__init__()
        self.task = task

    @abstractmethod
    def fit_statistics(self, batch: Batch) -> None:
        """Sets the normalization from all training windows; they are part of the weights."""

    def relabeled(
        self, batch: Batch, windows: Batch, indices: Tensor, ends: Tensor, generator: torch.Generator
    ) -> Batch:
        """Returns a batch with what the method puts in place of the record; as it is, by default.

        Args:
            batch: The windows at `indices`.
            windows: All windows, demonstration by demonstration, in order.
            indices: Of the batch, shape (B,).
            ends: For each window of the batch, one past the last window of its demonstration, shape (B,).
            generator: Of whatever is random.
        """
        return batch

    @abstractmethod
    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the scalar to be minimized; whatever is random in it comes from `generator`."""

    @abstractmethod
    def policy(self) -> LearnedPolicy:
        """Returns the policy that acts with the present weights."""


class LearnedPolicy(ABC):
    """A learner that acts: one generator a lane, buffers of fixed width, actions as NumPy arrays.

    Attributes:
        history: Observations that `act` wants of each lane.
    """

    def __init__(self, learner: Learner) -> None:
        learner.eval().requires_grad_(False)
        self._task_id = learner.task["id"]
        self.history = learner.history
        self._generators = [np.random.default_rng(lane) for lane in range(DEFAULT_WIDTH)]
        self._inputs = {
            name: torch.zeros(
                (DEFAULT_WIDTH, learner.history, *field["shape"]), dtype=getattr(torch, field["dtype"])
            )
            for name, field in learner.task["observation"].items()
        }
        self._views = {name: buffer.numpy() for name, buffer in self._inputs.items()}

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Seeds the lane's own generator: the episode's randomness depends on nothing else.

        Raises:
            InvalidPolicyError: The policy was trained for another task.
        """
        if task["id"] != self._task_id:
            raise InvalidPolicyError(
                f"this policy was trained on {self._task_id!r} and is asked to act on {task['id']!r}; "
                f"train one with: ilbench train BASELINE {task['id']}"
            )
        self._generators[lane] = np.random.default_rng(seed)

    @torch.inference_mode()
    def act(self, observations: Observation) -> NDArray[Any]:
        """Returns the next chunk of actions of every lane, ``(DEFAULT_WIDTH, K, *action.shape)``."""
        # Copied into memory that torch aligned: some kernels round differently on unaligned input.
        for name, view in self._views.items():
            view[...] = observations[name].reshape(view.shape)
        return self._actions(self._inputs)

    @abstractmethod
    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        """Returns the actions for ``(DEFAULT_WIDTH, history, *shape)`` observations."""
