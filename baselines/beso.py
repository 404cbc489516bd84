"""beso: chunks of actions denoised along the ordinary differential equation of Karras et al. (2022).

BESO (Reuss et al. 2023) over chunks: the network is a preconditioned denoiser D(x, sigma) (Karras et al.,
table 1, column "Ours"), trained at noise levels from a log-logistic distribution. Acting takes Euler steps of
``dx/dsigma = (x - D(x, sigma)) / sigma`` down their schedule of levels. D3IL adds noise between the steps;
here all randomness of a chunk is its initial noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork

DATA_STD = 0.5
"""Deviation of scaled actions that the preconditioning assumes."""

RHO = 7.0
"""How much denser the schedule is at small noise; Karras et al., equation 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreConfig(ChunkConfig):
    """Configuration of `ScoreDenoising`.

    Attributes:
        smallest_noise: Deviation of the last level, in the scale of actions, [-1, 1].
        largest_noise: Deviation of the first level, from which acting begins.
        denoising_steps: Network evaluations a chunk.
    """

    smallest_noise: float = 0.01
    largest_noise: float = 3.0
    denoising_steps: int = 10

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("largest_noise", self.largest_noise, 1e-3, 1000)
        check_range("smallest_noise", self.smallest_noise, 1e-6, self.largest_noise)
        check_range("denoising_steps", self.denoising_steps, 2, 1000)


class ScoreDenoising(ChunkLearner):
    """The preconditioned denoiser; see the module."""

    config: ScoreConfig

    def __init__(self, task: Mapping[str, Any], config: ScoreConfig) -> None:
        super().__init__(task, config, num_marks=1)
        self.levels = karras_levels(config.smallest_noise, config.largest_noise, config.denoising_steps)

    def denoised(self, noisy: Tensor, noise: Tensor, features: Tensor) -> Tensor:
        """Returns D(x, sigma) of chunks ``(B, chunk_size)`` at levels ``(B, 1)``."""
        total = (noise.square() + DATA_STD**2).sqrt()
        prediction: Tensor = self(noisy / total, features, noise.log() * 0.25)
        return (DATA_STD / total) ** 2 * noisy + noise * DATA_STD / total * prediction

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the weighted squared error of the denoised actions inside the mask."""
        clean, config = self.scaled(batch.actions), self.config
        noise = log_logistic(len(clean), config.smallest_noise, config.largest_noise, generator)
        noisy = clean + noise * torch.randn(clean.shape, generator=generator)
        error = self.denoised(noisy, noise, self.features(batch.observations)) - clean
        # The weight of Karras et al.: the network's own error then has one size at every level.
        weight = (noise.square() + DATA_STD**2).sqrt() / (noise * DATA_STD)
        return self.mean_square(error * weight, batch.mask)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns where Euler's steps lead the noise, row by row, clipped to [-1, 1]."""
        features = self.features(observations)
        chunk = noise * self.levels[0]
        for level, following in zip(self.levels, (*self.levels[1:], 0.0), strict=True):
            here = torch.full((len(noise), 1), level)
            clean = self.denoised(chunk, here, features).clamp(-1, 1)
            chunk = clean + (chunk - clean) * (following / level)
        return chunk


def karras_levels(smallest: float, largest: float, count: int) -> tuple[float, ...]:
    """Returns so many noise levels from the largest down to the smallest (Karras et al., equation 5)."""
    shares = np.arange(count) / (count - 1)
    roots = largest ** (1 / RHO) + shares * (smallest ** (1 / RHO) - largest ** (1 / RHO))
    return tuple(float(level) for level in roots**RHO)


def log_logistic(count: int, smallest: float, largest: float, generator: torch.Generator) -> Tensor:
    """Returns ``(count, 1)`` levels from the log-logistic distribution between two, around `DATA_STD`."""
    location, scale = np.log(DATA_STD), 0.5
    low, high = (1 / (1 + np.exp(-(np.log(level) - location) / scale)) for level in (smallest, largest))
    share = low + (high - low) * torch.rand((count, 1), generator=generator)
    levels: Tensor = (location + scale * share.logit()).exp()
    return levels


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTransformerConfig(TransformerConfig, ScoreConfig):
    """Configuration of `ScoreTransformer`."""


class ScoreTransformer(TransformerNetwork, ScoreDenoising):
    """The same, denoised by the transformer."""
