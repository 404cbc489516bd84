"""flow: chunks of actions carried from Gaussian noise along straight lines, given the last observations.

Flow matching (Lipman et al. 2023, section 4.1 with sigma_min = 0; rectified flow, Liu et al. 2023): between a
noise z at time 0 and a demonstrated chunk a at time 1 lies ``x = (1 - t) z + t a``, and the network learns
the direction ``a - z`` at x and t. Acting follows the learned directions from a noise in equal Euler steps,
so all randomness of a chunk is its noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ilbench.baselines.chunks import TIME_WIDTH, ChunkConfig, ChunkLearner, time_embedding
from ilbench.baselines.learner import Batch, InvalidConfigError, check_range
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig(ChunkConfig):
    """Configuration of `Flow`.

    Attributes:
        times: Equally spaced times in [0, 1) that training draws from.
        euler_steps: Network evaluations a chunk; `times` is a multiple of it.
    """

    times: int = 100
    euler_steps: int = 10

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("euler_steps", self.euler_steps, 1, self.times)
        if self.times % self.euler_steps:
            raise InvalidConfigError(
                f"times must be a multiple of euler_steps, found {self.times} and {self.euler_steps}"
            )


class Flow(ChunkLearner):
    """The network that predicts directions; see the module."""

    config: FlowConfig
    time: Tensor

    def __init__(self, task: Mapping[str, Any], config: FlowConfig) -> None:
        super().__init__(task, config, TIME_WIDTH)
        self.register_buffer("time", time_embedding(config.times), persistent=False)

    def direction(self, chunk: Tensor, time: Tensor, features: Tensor) -> Tensor:
        """Returns the predicted ``a - z``.

        Args:
            chunk: On the way, ``(B, chunk * action width)``.
            time: The index of the time of each row, int64 ``(B,)`` in ``[0, times)``.
            features: Of the observations.
        """
        direction: Tensor = self(chunk, features, self.time[time])
        return direction

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error of the direction over the actions inside the mask."""
        clean = self.scaled(batch.actions)
        time = torch.randint(self.config.times, (len(clean),), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        share = (time.float() / self.config.times).unsqueeze(1)
        chunk = (1 - share) * noise + share * clean
        error = self.direction(chunk, time, self.features(batch.observations)) - (clean - noise)
        return self.mean_square(error, batch.mask)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns where Euler's steps lead the `noise`, row by row, clipped to [-1, 1]."""
        features, steps = self.features(observations), self.config.euler_steps
        chunk = noise
        for index in range(0, self.config.times, self.config.times // steps):
            time = torch.full((len(noise),), index)
            chunk = chunk + self.direction(chunk, time, features) * (1 / steps)
        return chunk.clamp(-1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTransformerConfig(TransformerConfig, FlowConfig):
    """Configuration of `FlowTransformer`."""


class FlowTransformer(TransformerNetwork, Flow):
    """The same, carried by the transformer."""
