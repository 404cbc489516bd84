"""bc-gmm: chunks of actions from a mixture of Gaussians, given the last observations.

The mixture of robomimic's BC-GMM (Mandlekar et al. 2021, appendix on architectures), over a whole chunk in
place of one action, so that the actions of a chunk belong to one mode: logits, means and diagonal deviations
from one network, trained by likelihood. As there it acts with low noise: it draws a component and plays its
mean, so all randomness of a chunk is the component.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureConfig(ChunkConfig):
    """Configuration of `MixtureCloning`.

    Attributes:
        components: Gaussians of the mixture.
        smallest_std: Lower bound of their deviations, in the scale of actions, [-1, 1]: without one the
            likelihood of a demonstration that repeats itself grows without bound.
    """

    components: int = 8
    smallest_std: float = 0.01

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("components", self.components, 1, 1000)
        check_range("smallest_std", self.smallest_std, 1e-6, 1)


class MixtureCloning(ChunkLearner):
    """The network that predicts a mixture; see the module."""

    config: MixtureConfig

    def __init__(self, task: Mapping[str, Any], config: MixtureConfig) -> None:
        size = ChunkLearner.size_of(task, config)
        super().__init__(task, config, num_outputs=config.components * (1 + 2 * size))
        self.num_normals, self.num_choices = 0, config.components

    def mixture(self, observations: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Returns logits ``(B, components)``, means and deviations ``(B, components, chunk_size)``."""
        features = self.features(observations)
        outputs = self(features.new_zeros(len(features), self.chunk_size), features)
        logits, rest = outputs.tensor_split([self.config.components], dim=1)
        means, spreads = rest.reshape(len(rest), 2, self.config.components, -1).unbind(1)
        return logits, means, functional.softplus(spreads) + self.config.smallest_std

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean negative log-likelihood, in nats an action inside the mask."""
        logits, means, stds = self.mixture(batch.observations)
        scores = (self.scaled(batch.actions).unsqueeze(1) - means) / stds
        each = -0.5 * (scores.square() + math.log(2 * math.pi)) - stds.log()
        inside = batch.mask.float()
        of_actions = each.view(*each.shape[:2], self.chunk, -1).sum(dim=3) * inside.unsqueeze(1)
        total = (logits.log_softmax(dim=1) + of_actions.sum(dim=2)).logsumexp(dim=1)
        loss: Tensor = -total.sum() / inside.sum()
        return loss

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the means of the components that the noise chooses, clipped to [-1, 1]."""
        logits, means, _ = self.mixture(observations)
        chosen = (logits + noise).argmax(dim=1)
        return means[torch.arange(len(means)), chosen].clamp(-1, 1)
