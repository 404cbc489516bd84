"""diffusion: chunks of actions denoised from Gaussian noise, given the last observations.

A DDPM (Ho et al. 2020) over action chunks as in Diffusion Policy (Chi et al. 2023), with the cosine
schedule of Nichol and Dhariwal (2021), a residual MLP that predicts the velocity (Salimans and Ho 2022),
and deterministic DDIM steps (Song et al. 2021) when acting: all randomness of a chunk is its initial
noise, so what differs between two episodes in one state is the mode that the noise falls into.

Every estimate of the clean chunk is clipped to [-1, 1]: the policy never leaves the demonstrated range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ilbench.baselines.chunks import TIME_WIDTH, ChunkConfig, ChunkLearner, time_embedding
from ilbench.baselines.learner import Batch, check_range
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionConfig(ChunkConfig):
    """Configuration of `Diffusion`.

    Attributes:
        diffusion_steps: Noise levels in training.
        denoising_steps: DDIM steps when acting.
    """

    diffusion_steps: int = 50
    denoising_steps: int = 10

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("denoising_steps", self.denoising_steps, 1, self.diffusion_steps)


class Diffusion(ChunkLearner):
    """The denoising network with its schedule; see the module."""

    config: DiffusionConfig
    signal: Tensor
    noise: Tensor
    time: Tensor

    def __init__(self, task: Mapping[str, Any], config: DiffusionConfig) -> None:
        super().__init__(task, config, TIME_WIDTH)
        signal = cosine_schedule(config.diffusion_steps)
        self.register_buffer("signal", torch.from_numpy(np.sqrt(signal)).float(), persistent=False)
        self.register_buffer("noise", torch.from_numpy(np.sqrt(1 - signal)).float(), persistent=False)
        self.register_buffer("time", time_embedding(config.diffusion_steps), persistent=False)

    def velocity(self, noisy: Tensor, level: Tensor, features: Tensor) -> Tensor:
        """Returns the predicted velocity, ``sqrt(signal) * noise - sqrt(1 - signal) * clean``.

        Unlike the noise it stays a question worth asking at every level: where hardly any signal is
        left, the noise says nothing about which mode to head for.

        Args:
            noisy: ``(B, chunk * action width)``.
            level: Noise level of each row, int64 ``(B,)`` in ``[0, diffusion_steps)``.
            features: Of the observations.
        """
        velocity: Tensor = self(noisy, features, self.time[level])
        return velocity

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error of the velocity over the actions inside the mask."""
        clean = self.scaled(batch.actions)
        level = torch.randint(self.config.diffusion_steps, (len(clean),), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        signal_scale, noise_scale = self.signal[level].unsqueeze(1), self.noise[level].unsqueeze(1)
        noisy = signal_scale * clean + noise_scale * noise
        velocity = signal_scale * noise - noise_scale * clean
        return self.mean_square(
            self.velocity(noisy, level, self.features(batch.observations)) - velocity, batch.mask
        )

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the clean chunks, scaled, that DDIM makes of the initial `noise`, row by row."""
        features = self.features(observations)
        chunk, steps = noise, self.config.denoising_steps
        levels = np.linspace(self.config.diffusion_steps - 1, 0, steps).round().astype(int).tolist()
        scales = [(float(self.signal[level]), float(self.noise[level])) for level in levels]
        for level, (a, b), (next_a, next_b) in zip(levels, scales, [*scales[1:], (1.0, 0.0)], strict=True):
            velocity = self.velocity(chunk, torch.full((len(noise),), level), features)
            clean = (chunk * a - velocity * b).clamp(-1, 1)
            rest = (chunk - clean * a) * (1 / b)
            chunk = clean * next_a + rest * next_b
        return chunk


def cosine_schedule(steps: int) -> NDArray[np.float64]:
    """Returns the share of signal (variance) left at each noise level, falling from nearly 1 to nearly 0.

    ``cos((t / steps + s) / (1 + s) * pi / 2) ** 2`` with s = 0.008 (Nichol and Dhariwal 2021, eq. 17), each
    step's noise capped at 0.999 as there.
    """
    angles = (np.arange(steps + 1) / steps + 0.008) / 1.008 * math.pi / 2
    curve = np.cos(angles) ** 2
    kept = np.maximum(curve[1:] / curve[:-1], 0.001)
    signal: NDArray[np.float64] = np.cumprod(kept)
    return signal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionTransformerConfig(TransformerConfig, DiffusionConfig):
    """Configuration of `DiffusionTransformer`."""


class DiffusionTransformer(TransformerNetwork, Diffusion):
    """The same, denoised by the transformer."""
