"""bc-chunk: behavior cloning of chunks of actions, by regression.

The squared error of a whole chunk (action chunking: Zhao et al. 2023), by the network of `diffusion` and
`flow` without any noise. So it is the control for them: what they reach beyond it comes from their loss, not
from their network. Where demonstrations disagree it learns their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork


class ChunkCloning(ChunkLearner):
    """The network with a regression loss; see the module."""

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error of the scaled chunk over the actions inside the mask."""
        target = self.scaled(batch.actions)
        features = self.features(batch.observations)
        return self.mean_square(self(torch.zeros_like(target), features) - target, batch.mask)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the predicted chunks, scaled and clipped to [-1, 1]; they ignore the noise."""
        predicted: Tensor = self(torch.zeros_like(noise), self.features(observations))
        return predicted.clamp(-1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloningTransformerConfig(TransformerConfig, ChunkConfig):
    """Configuration of `CloningTransformer`."""


class CloningTransformer(TransformerNetwork, ChunkCloning):
    """The same, predicted by the transformer."""
