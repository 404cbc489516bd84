"""consistency: chunks of actions in one step from noise, given the last observations.

Consistency training (Song et al. 2023; its improved form, Song and Dhariwal 2024): a function f(x, sigma)
with ``f(x, smallest sigma) = x`` by construction learns to return the same chunk at two neighboring noise
levels of one noise, so at the largest level it returns a clean chunk at once. The levels become denser
during training. Consistency Policy (Prasad et al. 2024) distills it from a diffusion policy; here it is
trained from the demonstrations alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ilbench.baselines.beso import DATA_STD, karras_levels
from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range

MEAN, STD = -1.1, 2.0
"""Of the normal distribution of the logarithm of the noise level (Song and Dhariwal 2024, section 3.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyConfig(ChunkConfig):
    """Configuration of `ConsistencyTraining`.

    Attributes:
        smallest_noise: Deviation of the last level, in the scale of actions, [-1, 1].
        largest_noise: Deviation of the first level, from which acting begins.
        fewest_levels: Levels at the start of training.
        most_levels: Levels at its end; they double on the way.
    """

    smallest_noise: float = 0.01
    largest_noise: float = 3.0
    fewest_levels: int = 10
    most_levels: int = 160

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("largest_noise", self.largest_noise, 1e-3, 1000)
        check_range("smallest_noise", self.smallest_noise, 1e-6, self.largest_noise)
        check_range("fewest_levels", self.fewest_levels, 2, self.most_levels)


class ConsistencyTraining(ChunkLearner):
    """The function that is the same along a path; see the module."""

    config: ConsistencyConfig
    steps_taken: Tensor

    def __init__(self, task: Mapping[str, Any], config: ConsistencyConfig) -> None:
        super().__init__(task, config, num_marks=1)
        self.register_buffer("steps_taken", torch.zeros((), dtype=torch.int64))

    def clean(self, noisy: Tensor, noise: Tensor, features: Tensor) -> Tensor:
        """Returns f(x, sigma) of chunks ``(B, chunk_size)`` at levels ``(B, 1)``."""
        beyond = noise - self.config.smallest_noise
        total = (noise.square() + DATA_STD**2).sqrt()
        prediction: Tensor = self(noisy / total, features, noise.log() * 0.25)
        kept = DATA_STD**2 / (beyond.square() + DATA_STD**2)
        return kept * noisy + beyond * DATA_STD / total * prediction

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the weighted pseudo-Huber distance of two neighboring levels inside the mask."""
        clean, features = self.scaled(batch.actions), self.features(batch.observations)
        levels = self._levels()
        index = self._drawn(levels, len(clean), generator)
        noise = torch.randn(clean.shape, generator=generator)
        lower, upper = levels[index].unsqueeze(1), levels[index + 1].unsqueeze(1)
        found = self.clean(clean + upper * noise, upper, features)
        with torch.no_grad():
            target = self.clean(clean + lower * noise, lower, features)
        squares = (found - target).square().view(len(clean), self.chunk, -1).sum(dim=2) * batch.mask
        smooth = 0.00054 * math.sqrt(self.chunk_size)  # Song and Dhariwal 2024, section 3.3
        distance = (squares.sum(dim=1) + smooth**2).sqrt() - smooth
        self.steps_taken += self.training
        loss: Tensor = (distance / (upper - lower).squeeze(1)).mean()
        return loss

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the clean chunks of the noise, row by row, clipped to [-1, 1]."""
        largest = torch.full((len(noise), 1), self.config.largest_noise)
        return self.clean(noise * self.config.largest_noise, largest, self.features(observations)).clamp(
            -1, 1
        )

    def _levels(self) -> Tensor:
        """Returns the levels at this point of the training, from the smallest up."""
        config = self.config
        doublings = math.ceil(math.log2(config.most_levels / config.fewest_levels))
        done = int(self.steps_taken) * (doublings + 1) // config.steps
        count = min(config.fewest_levels * 2**done, config.most_levels)
        return torch.tensor(karras_levels(config.smallest_noise, config.largest_noise, count)).flip(0)

    @staticmethod
    def _drawn(levels: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """Returns indices of lower levels, drawn by the log-normal chance of the gap above each."""
        below = torch.special.erf((levels.double().log() - MEAN) / (STD * math.sqrt(2)))
        edges = (below - below[0]) / (below[-1] - below[0])
        drawn = torch.rand(count, generator=generator, dtype=torch.float64)
        found = np.searchsorted(edges.numpy(), drawn.numpy(), side="right") - 1
        return torch.from_numpy(found.clip(0, len(levels) - 2))
