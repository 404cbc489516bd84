"""bet: chunks of actions as one of some typical ones and an offset, given the last observations.

A behavior transformer (Shafiullah et al. 2022, sections 3.2 and 3.3) over chunks: k-means divides the
demonstrated chunks into bins, the network predicts the bin (focal loss, Lin et al. 2017) and, for each bin,
the offset of the chunk from its center. Acting draws a bin and plays its center plus its offset, so all
randomness of a chunk is the bin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range
from ilbench.baselines.transformer import TransformerConfig, TransformerNetwork

ROUNDS = 50
CLUSTERED = 20_000
"""Chunks of the demonstrations that k-means looks at, evenly spaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinConfig(ChunkConfig):
    """Configuration of `BehaviorBins`.

    Attributes:
        bins: Typical chunks.
        focus: Exponent of the focal loss: how much less a bin counts that is already predicted.
        offset_weight: Of the offset's squared error beside the focal loss.
    """

    bins: int = 64
    focus: float = 2.0
    offset_weight: float = 10.0

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("bins", self.bins, 1, 10_000)


class BehaviorBins(ChunkLearner):
    """The network that predicts bins and offsets; see the module."""

    config: BinConfig
    centers: Tensor

    def __init__(self, task: Mapping[str, Any], config: BinConfig) -> None:
        size = ChunkLearner.size_of(task, config)
        super().__init__(task, config, num_outputs=config.bins * (1 + size))
        self.num_normals, self.num_choices = 0, config.bins
        self.register_buffer("centers", torch.zeros(config.bins, size))

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the scales and the centers of the bins."""
        super().fit_statistics(batch)
        chunks = self.scaled(batch.actions[batch.mask.all(dim=1)]).double()
        if len(chunks) == 0:  # no demonstration is as long as a chunk
            chunks = self.scaled(batch.actions).double()
        chunks = chunks[:: -(-len(chunks) // CLUSTERED)]
        bins = min(self.config.bins, len(np.unique(chunks.numpy(), axis=0)))
        centers, _ = kmeans2(chunks.numpy(), bins, ROUNDS, minit="++", seed=0)
        self.centers[:bins] = torch.from_numpy(centers).float()
        self.centers[bins:] = self.centers[0]

    def outputs(self, observations: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Returns logits ``(B, bins)`` and offsets ``(B, bins, chunk_size)``."""
        features = self.features(observations)
        outputs = self(features.new_zeros(len(features), self.chunk_size), features)
        logits, offsets = outputs.tensor_split([self.config.bins], dim=1)
        return logits, offsets.reshape(len(offsets), self.config.bins, -1)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the focal loss of the nearest bin and the weighted squared error of its offset."""
        clean = self.scaled(batch.actions)
        nearest = (clean.unsqueeze(1) - self.centers).square().sum(dim=2).argmin(dim=1)
        logits, offsets = self.outputs(batch.observations)
        rows = torch.arange(len(clean))
        log_chance = logits.log_softmax(dim=1)[rows, nearest]
        focal = -((1 - log_chance.exp()) ** self.config.focus * log_chance).mean()
        error = self.centers[nearest] + offsets[rows, nearest] - clean
        return focal + self.config.offset_weight * self.mean_square(error, batch.mask)

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the chunks of the bins that the noise chooses, clipped to [-1, 1]."""
        logits, offsets = self.outputs(observations)
        chosen = (logits + noise).argmax(dim=1)
        return (self.centers[chosen] + offsets[torch.arange(len(offsets)), chosen]).clamp(-1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinTransformerConfig(TransformerConfig, BinConfig):
    """Configuration of `BinTransformer`."""


class BinTransformer(TransformerNetwork, BehaviorBins):
    """The same, predicted by the transformer."""
