"""mip: chunks of actions by two regressions, the second of which corrects the first.

The minimal iterative policy of "Much Ado About Noising" (arXiv 2512.01809). With one network f(x, t) and
t* = 0.9 it minimizes ``|f(0, 0) - a|^2 / t*^2 + |f(a + (1 - t*) z, t*) - a|^2 / (1 - t*)^2`` for a standard
normal z, and acts by ``f(t* f(0, 0), t*)``. It is trained with noise and acts without, so one observation
has one action: that it does as well as generative policies is its authors' argument against multimodality.
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
class MinimalIterativeConfig(ChunkConfig):
    """Configuration of `MinimalIterativePolicy`.

    Attributes:
        second_time: The t* of the paper: how near to the demonstrated chunk the second regression begins.
        loss_scale: Factor of the loss, as in the authors' code.
    """

    second_time: float = 0.9
    loss_scale: float = 0.1

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("second_time", self.second_time, 0.01, 0.99)


class MinimalIterativePolicy(ChunkLearner):
    """The network with its two regressions; see the module."""

    config: MinimalIterativeConfig

    def __init__(self, task: Mapping[str, Any], config: MinimalIterativeConfig) -> None:
        super().__init__(task, config, num_marks=1)

    def step(self, chunk: Tensor, time: float, features: Tensor) -> Tensor:
        """Returns f(x, t) of the paper for ``(B, chunk * action width)`` chunks."""
        result: Tensor = self(chunk, features, torch.full((len(chunk), 1), time))
        return result

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns both weighted squared errors over the actions inside the mask."""
        clean, features = self.scaled(batch.actions), self.features(batch.observations)
        time = self.config.second_time
        near = clean + (1 - time) * torch.randn(clean.shape, generator=generator)
        first = self.mean_square(self.step(torch.zeros_like(clean), 0.0, features) - clean, batch.mask)
        second = self.mean_square(self.step(near, time, features) - clean, batch.mask)
        return self.config.loss_scale * (first / time**2 + second / (1 - time) ** 2)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the corrected chunks, scaled and clipped to [-1, 1]; they ignore the noise."""
        features, time = self.features(observations), self.config.second_time
        first = self.step(torch.zeros_like(noise), 0.0, features)
        return self.step(time * first, time, features).clamp(-1, 1)
