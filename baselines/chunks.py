"""Chunks of actions: what the methods that predict several actions at once share.

All of them see the last observations through one encoder, scale actions alike, and have one network, a
residual MLP, or a transformer in its place (`ilbench.baselines.transformer`). So two of them with one network
differ by their loss and by how they act, and by nothing else.

Continuous actions are scaled to [-1, 1] by their range in the training data; discrete ones are one-hot
vectors in {-1, 1}, read out by argmax.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ilbench.baselines.layers import Linear, mlp
from ilbench.baselines.learner import Batch, LearnedPolicy, Learner, TrainingConfig, check_range
from ilbench.baselines.observation import (
    CONSTANT_STD,
    ObservationEncoder,
    has_images,
    is_small_state,
    state_size,
)
from ilbench.contract.policy import DEFAULT_WIDTH

TIME_WIDTH = 32

MAX_WAVED = 20
"""Components of a state up to which its pairs get waves: beyond, there would be thousands of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkConfig(TrainingConfig):
    """Configuration of a `ChunkLearner`.

    Attributes:
        history: Observations that the policy sees. More than one shows how things move, but also what the
            demonstrator just did, which the policy then continues instead of answering what it sees.
        octaves: See `ObservationEncoder`.
        pairs: See `ObservationEncoder`.
        trunk: Widths of layers between the encoder and the blocks, run once a chunk; without any, every block
            sees the encoder's output itself.
        chunk: Actions that it predicts.
        execute: Actions of a chunk that are played before it looks again.
        width: Width of the residual blocks.
        blocks: Number of residual blocks.
    """

    steps: int = 10_000
    batch_size: int = 128
    learning_rate: float = 3e-3
    ema_decay: float = 0.999
    history: int = 1
    octaves: int = 4
    pairs: bool = False
    trunk: tuple[int, ...] = ()
    chunk: int = 8
    execute: int = 4
    width: int = 128
    blocks: int = 3

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        check_range("execute", self.execute, 1, self.chunk)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> Self:
        """Returns the defaults for a task's public description."""
        if has_images(task["observation"]):
            return cls(steps=6000, batch_size=64, learning_rate=1e-3)
        if is_small_state(task["observation"]):
            is_waved = state_size(task["observation"]) <= MAX_WAVED
            return cls(
                steps=8000,
                batch_size=256,
                learning_rate=1e-3,
                octaves=2 if is_waved else 0,
                # On version 1 of Stacking-1 `diffusion` solved 29 % by 2 of 8 actions, 17 % by 4.
                execute=4 if is_waved else 2,
                pairs=True,
                trunk=(256, 256),
                width=192,
                blocks=2,
            )
        return cls()


class ChunkLearner(Learner):
    """Encoder, trunk and residual MLP; a method adds its loss, and how chunks come about.

    Args:
        task: The task's public description.
        config: The method's configuration.
        num_marks: Numbers that the blocks see beside the observation, such as a noise level's.
        num_outputs: Numbers that the network returns; None for a chunk's.

    Attributes:
        chunk_size: Numbers of a chunk, ``chunk * action width``.
        feature_size: Numbers that `features` returns for a row.
        num_normals: Standard normals that a chunk is made of when acting.
        num_choices: Standard Gumbels that it is made of beside them: the largest of logits and such numbers
            is a draw from the softmax.
    """

    config: ChunkConfig
    action_low: Tensor
    action_range: Tensor
    feature_size: int

    def __init__(
        self, task: Mapping[str, Any], config: ChunkConfig, num_marks: int = 0, num_outputs: int | None = None
    ) -> None:
        super().__init__(task)
        self.config = config
        self.history, self.chunk = config.history, config.chunk
        self.action_shape = tuple(task["action"]["shape"])
        self.num_actions: int | None = task["action"]["num_actions"]
        self.chunk_size = self.num_normals = self.size_of(task, config)
        self.num_choices = 0
        self.make_network(num_marks, num_outputs or self.chunk_size)
        width = self.chunk_size // self.chunk
        self.register_buffer("action_low", -torch.ones(width))
        self.register_buffer("action_range", 2 * torch.ones(width))

    @staticmethod
    def size_of(task: Mapping[str, Any], config: ChunkConfig) -> int:
        """Returns how many numbers a scaled chunk has."""
        action = task["action"]
        width: int = action["num_actions"] or math.prod(action["shape"])
        return config.chunk * width

    def make_network(self, num_marks: int, num_outputs: int) -> None:
        """Sets the encoder, the network and `feature_size`."""
        config = self.config
        self.encoder = ObservationEncoder(
            self.task["observation"], self.history, config.octaves, config.pairs
        )
        self.trunk = mlp((self.encoder.width, *config.trunk))
        self.feature_size = (self.encoder.width, *config.trunk)[-1]
        self.enter = Linear(self.chunk_size, config.width)
        self.blocks = nn.ModuleList(
            _Block(config.width, self.feature_size + num_marks) for _ in range(config.blocks)
        )
        self.leave = Linear(config.width, num_outputs)

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the z-scores of observations and the range of continuous actions."""
        self.encoder.fit_statistics(batch.observations)
        if self.num_actions is None:
            actions = batch.actions[:, 0].flatten(1)
            low, high = actions.amin(dim=0), actions.amax(dim=0)
            self.action_low.copy_(low)
            self.action_range.copy_(torch.where(high - low < CONSTANT_STD, 2.0, high - low))

    def features(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns what encoder and trunk make of ``(B, history, *shape)``, ``(B, feature_size)``."""
        features: Tensor = self.trunk(self.encoder(observations))
        return features

    def forward(self, chunks: Tensor, *seen: Tensor) -> Tensor:
        """Returns what the network makes of chunks ``(B, chunk_size)``, ``(B, num_outputs)``.

        Args:
            chunks: What it starts from: noisy actions, or zeros.
            *seen: Features ``(B, feature_size)`` and, where there are any, marks ``(B, num_marks)``. A second
                axis of all of them, of several chunks a row, stays.
        """
        hidden, condition = self.enter(chunks), torch.cat(seen, dim=-1)
        for block in self.blocks:
            hidden = block(hidden, condition)
        result: Tensor = self.leave(hidden.relu())
        return result

    def scaled(self, actions: Tensor) -> Tensor:
        """Returns ``(B, chunk_size)`` in [-1, 1]."""
        if self.num_actions is not None:
            return functional.one_hot(actions, self.num_actions).float().flatten(1) * 2 - 1
        return ((actions.flatten(2) - self.action_low) / self.action_range * 2 - 1).flatten(1)

    def unscaled(self, chunks: Tensor) -> Tensor:
        """Returns ``(B, chunk, *action.shape)`` actions; the inverse of the scaling, or argmax."""
        chunks = chunks.reshape(len(chunks), self.chunk, -1)
        if self.num_actions is not None:
            return chunks.argmax(dim=2)
        actions = (chunks + 1) * 0.5 * self.action_range + self.action_low
        return actions.view(len(chunks), self.chunk, *self.action_shape)

    def mean_square(self, error: Tensor, mask: Tensor) -> Tensor:
        """Returns the mean square of errors ``(B, chunk_size)`` of the actions inside the mask."""
        weight = mask.float()
        total: Tensor = (error.square().view(len(error), self.chunk, -1).mean(dim=2) * weight).sum()
        return total / weight.sum()

    @abstractmethod
    def chunks(self, noise: Tensor, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns scaled chunks for observations, row by row; all their randomness is the `noise`.

        Args:
            noise: ``(B, num_normals + num_choices)``: normals, then Gumbels, all standard; a deterministic
                method ignores them.
            observations: ``(B, history, *shape)``.
        """

    def policy(self) -> LearnedPolicy:
        """Returns the policy that acts with the present weights."""
        return _Policy(self)


class _Block(nn.Module):
    """A residual block that sees the condition again."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.inner = Linear(width + condition, width)
        self.outer = Linear(width, width)

    def forward(self, hidden: Tensor, condition: Tensor) -> Tensor:
        inner = self.inner(torch.cat([hidden.relu(), condition], dim=-1))
        return hidden + self.outer(inner.relu())  # type: ignore[no-any-return]


class _Policy(LearnedPolicy):
    """Draws the noise of each lane from its generator and plays the first actions of the chunk."""

    def __init__(self, learner: ChunkLearner) -> None:
        super().__init__(learner)
        self._learner = learner
        self.chunk = learner.config.execute
        self._noise = torch.zeros((DEFAULT_WIDTH, learner.num_normals + learner.num_choices))

    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        num_normals, num_choices = self._learner.num_normals, self._learner.num_choices
        for row, generator in zip(self._noise.numpy(), self._generators, strict=True):
            generator.standard_normal(dtype=np.float32, out=row[:num_normals])
            row[num_normals:] = generator.gumbel(size=num_choices)
        chunks = self._learner.chunks(self._noise, observations)
        actions: NDArray[Any] = self._learner.unscaled(chunks)[:, : self.chunk].numpy()
        return actions


def time_embedding(steps: int) -> Tensor:
    """Returns one row of sines and cosines for each of so many times, ``(steps, TIME_WIDTH)``."""
    frequencies = np.exp(-math.log(1000) * np.arange(TIME_WIDTH // 2) / (TIME_WIDTH // 2))
    angles = np.arange(steps)[:, None] * frequencies
    return torch.from_numpy(np.concatenate([np.sin(angles), np.cos(angles)], axis=1)).float()
