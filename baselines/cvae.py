"""cvae and act: chunks of actions decoded from a latent variable, given the last observations.

A conditional variational autoencoder (Sohn et al. 2015; Kingma and Welling 2014): an encoder sees the
demonstrated chunk beside the observation and returns the mean and deviation of a latent z; the network
decodes the chunk from z and the observation. The loss is the squared error and, weighted, the divergence of
z from a standard normal, from which z is drawn when acting. With the transformer it is the network of ACT
(Zhao et al. 2023), whose authors act with z = 0; here z is drawn, as in D3IL's VAE-ACT (Jia et al. 2024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.layers import Linear, mlp
from ilbench.baselines.learner import Batch, check_range
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentConfig(ChunkConfig):
    """Configuration of `LatentVariable`.

    Attributes:
        latent: Numbers of the latent variable.
        divergence_weight: Of the divergence, in nats, beside the mean squared error of a scaled action
            component: the smaller, the more a chunk depends on z, and the less the z of demonstrations looks
            like those that are drawn.
    """

    latent: int = 16
    divergence_weight: float = 1e-2

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("latent", self.latent, 1, 1000)
        check_range("divergence_weight", self.divergence_weight, 0, 1000)


class LatentVariable(ChunkLearner):
    """Encoder of chunks and the network as decoder; see the module."""

    config: LatentConfig

    def __init__(self, task: Mapping[str, Any], config: LatentConfig) -> None:
        super().__init__(task, config, num_marks=config.latent)
        self.num_normals = config.latent
        width = 2 * config.width
        self.recognize = nn.Sequential(
            mlp((self.chunk_size + self.feature_size, width, width)), Linear(width, 2 * config.latent)
        )

    def decoded(self, latent: Tensor, features: Tensor) -> Tensor:
        """Returns chunks ``(B, chunk_size)`` of latents ``(B, latent)``."""
        chunks: Tensor = self(latent.new_zeros(len(latent), self.chunk_size), features, latent)
        return chunks

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the squared error of the decoded chunk and the weighted divergence of its latent."""
        clean, features = self.scaled(batch.actions), self.features(batch.observations)
        mean, log_variance = self.recognize(torch.cat([clean, features], dim=1)).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        latent = mean + (0.5 * log_variance).exp() * noise
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        error = self.mean_square(self.decoded(latent, features) - clean, batch.mask)
        loss: Tensor = error + self.config.divergence_weight * divergence
        return loss

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the chunks that the noise as latent decodes to, clipped to [-1, 1]."""
        return self.decoded(noise, self.features(observations)).clamp(-1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTransformerConfig(TransformerConfig, LatentConfig):
    """Configuration of `ActionTransformer`."""


class ActionTransformer(TransformerNetwork, LatentVariable):
    """The same, decoded by the transformer."""
