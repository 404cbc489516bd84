"""imle: chunks of actions in one step from noise, by implicit maximum likelihood.

IMLE Policy (Rana et al. 2025, arXiv 2502.12371) after implicit maximum likelihood estimation (Li and Malik
2018): for each demonstrated chunk the network makes several candidates from several noises, and only the
nearest is drawn to it. So every demonstrated mode has some noise that leads to it, and none is averaged
away. Acting is one network evaluation of one noise. The authors' rejection of candidates that are already
near is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitLikelihoodConfig(ChunkConfig):
    """Configuration of `ImplicitLikelihood`.

    Attributes:
        latent: Numbers of a noise.
        candidates: Noises that compete for a demonstrated chunk.
    """

    latent: int = 16
    candidates: int = 8

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("latent", self.latent, 1, 1000)
        check_range("candidates", self.candidates, 1, 1000)


class ImplicitLikelihood(ChunkLearner):
    """The network that makes chunks of noises; see the module."""

    config: ImplicitLikelihoodConfig

    def __init__(self, task: Mapping[str, Any], config: ImplicitLikelihoodConfig) -> None:
        super().__init__(task, config, num_marks=config.latent)
        self.num_normals = config.latent

    def made(self, latent: Tensor, features: Tensor) -> Tensor:
        """Returns chunks ``(B, chunk_size)`` of noises ``(B, latent)``."""
        chunks: Tensor = self(latent.new_zeros(len(latent), self.chunk_size), features, latent)
        return chunks

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error of the nearest candidate inside the mask."""
        clean, features = self.scaled(batch.actions), self.features(batch.observations)
        size, count = len(clean), self.config.candidates
        latents = torch.randn((size, count, self.config.latent), generator=generator)
        with torch.no_grad():
            repeated = features.repeat_interleave(count, dim=0)
            made = self.made(latents.flatten(0, 1), repeated).view(size, count, self.chunk, -1)
            errors = (made - clean.view(size, 1, self.chunk, -1)).square().sum(dim=3)
            nearest = (errors * batch.mask.unsqueeze(1)).sum(dim=2).argmin(dim=1)
        chosen = latents[torch.arange(size), nearest]
        return self.mean_square(self.made(chosen, features) - clean, batch.mask)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the chunks of the noises, row by row, clipped to [-1, 1]."""
        return self.made(noise, self.features(observations)).clamp(-1, 1)
