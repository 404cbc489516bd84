"""ibc: the action of least energy among many, given the last observations.

Implicit behavioral cloning (Florence et al. 2021): a network gives an energy to observation and action, and
is trained to tell the demonstrated action from random ones (InfoNCE, equation 2). Acting searches without
derivatives (their algorithm 1, shortened): of random actions one is drawn by its energy, and then twice the
best in a shrinking neighborhood is taken. Random actions hardly ever come near a chunk of many numbers, so
it plays single actions, as in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from ilbench.baselines.chunks import ChunkConfig, ChunkLearner
from ilbench.baselines.learner import Batch, check_range


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyConfig(ChunkConfig):
    """Configuration of `EnergyBased`.

    Attributes:
        counter_examples: Random actions that the demonstrated one is told from.
        candidates: Actions that are looked at in each round of the search.
        neighborhood: Deviation of the second round's candidates, in the scale of actions, [-1, 1]; that of
            the third is a fifth of it.
    """

    chunk: int = 1
    execute: int = 1
    counter_examples: int = 32
    candidates: int = 128
    neighborhood: float = 0.1

    def __post_init__(self) -> None:
        ChunkConfig.__post_init__(self)
        check_range("counter_examples", self.counter_examples, 1, 100_000)
        check_range("candidates", self.candidates, 1, 100_000)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> Self:
        """Returns the defaults for a task's public description: as of a chunk, but of single actions."""
        shared = ChunkConfig.for_task(task)
        names = ("steps", "learning_rate", "octaves", "pairs", "trunk", "width", "blocks")
        return cls(batch_size=64, **{name: getattr(shared, name) for name in names})


class EnergyBased(ChunkLearner):
    """The network that gives energies; see the module."""

    config: EnergyConfig

    def __init__(self, task: Mapping[str, Any], config: EnergyConfig) -> None:
        super().__init__(task, config, num_outputs=1)
        self.num_normals = 3 * config.candidates * self.chunk_size
        self.num_choices = config.candidates

    def energies(self, actions: Tensor, features: Tensor) -> Tensor:
        """Returns ``(B, candidates)`` energies of actions ``(B, candidates, chunk_size)``."""
        seen = features.unsqueeze(1).expand(-1, actions.shape[1], -1)
        energies: Tensor = self(actions, seen).squeeze(2)
        return energies

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean cross-entropy of the demonstrated action among the random ones, in nats."""
        clean = self.scaled(batch.actions).unsqueeze(1)
        size = (len(clean), self.config.counter_examples, self.chunk_size)
        others = 2 * torch.rand(size, generator=generator) - 1
        energies = self.energies(torch.cat([clean, others], dim=1), self.features(batch.observations))
        return -(-energies).log_softmax(dim=1)[:, 0].mean()

    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the actions that the search ends at, ``(B, chunk_size)`` in [-1, 1]."""
        features, rows = self.features(observations), torch.arange(len(noise))
        normals, gumbels = noise.tensor_split([self.num_normals], dim=1)
        first, *later = normals.reshape(len(noise), 3, self.config.candidates, -1).unbind(1)
        actions = 2 * torch.special.ndtr(first) - 1  # uniform
        found: Tensor = actions[rows, (gumbels - self.energies(actions, features)).argmax(dim=1)]
        for deviation, near in zip((1, 0.2), later, strict=True):
            spread = deviation * self.config.neighborhood * near
            actions = (found.unsqueeze(1) + spread).clamp(-1, 1)
            found = actions[rows, self.energies(actions, features).argmin(dim=1)]
        return found
