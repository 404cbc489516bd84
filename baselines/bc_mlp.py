"""bc-mlp: behavior cloning with a small network, one action from one observation.

Continuous actions: the network predicts the z-scored action and the loss is the squared error, so where
demonstrations disagree it learns their mean, which may be an action that nobody took. Discrete actions:
logits and cross-entropy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ilbench.baselines.layers import Linear, mlp
from ilbench.baselines.learner import Batch, LearnedPolicy, Learner, TrainingConfig
from ilbench.baselines.observation import (
    CONSTANT_STD,
    ObservationEncoder,
    has_grids,
    has_images,
    is_small_state,
)
from ilbench.contract.policy import DEFAULT_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorCloningConfig(TrainingConfig):
    """Configuration of `BehaviorCloning`.

    Attributes:
        hidden: Widths of the hidden layers behind the encoder.
        sample: Discrete actions are drawn from the predicted distribution with the lane's own generator,
            not its most likely one. A sampled policy cannot be caught for ever in a loop of two states:
            on unseen mazes that counts for more than its slips.
        pairs: See `ObservationEncoder`.
    """

    hidden: tuple[int, ...] = (256, 256)
    sample: bool = True
    pairs: bool = False

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> BehaviorCloningConfig:
        """Returns the defaults for a task's public description."""
        if has_images(task["observation"]):
            return cls(steps=2000, batch_size=64)
        if has_grids(task["observation"]):
            return cls(steps=3000, batch_size=64)
        if is_small_state(task["observation"]):
            return cls(steps=6000, pairs=True)
        return cls()


class BehaviorCloning(Learner):
    """Encoder, hidden layers, head; see the module."""

    action_mean: Tensor
    action_std: Tensor

    def __init__(self, task: Mapping[str, Any], config: BehaviorCloningConfig) -> None:
        super().__init__(task)
        self.config = config
        self.action_shape = tuple(task["action"]["shape"])
        self.num_actions: int | None = task["action"]["num_actions"]
        self.encoder = ObservationEncoder(task["observation"], self.history, pairs=config.pairs)
        self.hidden = mlp((self.encoder.width, *config.hidden))
        self.head = Linear(config.hidden[-1], self.num_actions or prod(self.action_shape))
        self.register_buffer("action_mean", torch.zeros(prod(self.action_shape)))
        self.register_buffer("action_std", torch.ones(prod(self.action_shape)))

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the z-scores of observations and continuous actions."""
        self.encoder.fit_statistics(batch.observations)
        if self.num_actions is None:
            actions = batch.actions[:, 0].flatten(1).double()
            self.action_mean.copy_(actions.mean(dim=0))
            std = actions.std(dim=0, correction=0)
            self.action_std.copy_(torch.where(std < CONSTANT_STD, 1.0, std))

    def forward(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns ``(B, action components)`` z-scored actions, or ``(B, num_actions)`` logits."""
        output: Tensor = self.head(self.hidden(self.encoder(observations)))
        return output

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error, or the mean cross-entropy in nats."""
        output = self(batch.observations)
        if self.num_actions is not None:
            return functional.cross_entropy(output, batch.actions[:, 0])
        target = (batch.actions[:, 0].flatten(1) - self.action_mean) / self.action_std
        return functional.mse_loss(output, target)

    def policy(self) -> LearnedPolicy:
        """Returns the policy that acts with the present weights."""
        return _Policy(self)


class _Policy(LearnedPolicy):
    def __init__(self, learner: BehaviorCloning) -> None:
        super().__init__(learner)
        self._learner = learner

    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        learner = self._learner
        output = learner(observations)
        actions: NDArray[Any]
        if learner.num_actions is None:
            scaled = output * learner.action_std + learner.action_mean
            actions = scaled.numpy().reshape(DEFAULT_WIDTH, *learner.action_shape)
        elif learner.config.sample:
            # The largest of logits + Gumbel noise is a draw from the softmax, row by row.
            noise = np.stack([generator.gumbel(size=learner.num_actions) for generator in self._generators])
            actions = (output.double().numpy() + noise).argmax(axis=1)
        else:
            actions = output.argmax(dim=1).numpy()
        return actions
