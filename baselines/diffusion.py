"""diffusion: chunks of actions denoised from Gaussian noise, given the last observations.

A DDPM (Ho et al. 2020) over action chunks as in Diffusion Policy (Chi et al. 2023), with the cosine
schedule of Nichol and Dhariwal (2021), a residual MLP that predicts the velocity (Salimans and Ho 2022),
and deterministic DDIM steps (Song et al. 2021) when acting: all randomness of a chunk is its initial
noise, so what differs between two episodes in one state is the mode that the noise falls into.

Continuous actions are scaled to [-1, 1] by their range in the training data, and every estimate of the
clean chunk is clipped to it: the policy never leaves the demonstrated range. Discrete actions are diffused
as one-hot vectors in {-1, 1} and read out by argmax.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
class DiffusionConfig(TrainingConfig):
    """Configuration of `Diffusion`.

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
        diffusion_steps: Noise levels in training.
        denoising_steps: DDIM steps when acting.
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
    diffusion_steps: int = 50
    denoising_steps: int = 10

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        check_range("execute", self.execute, 1, self.chunk)
        check_range("denoising_steps", self.denoising_steps, 1, self.diffusion_steps)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> DiffusionConfig:
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
                # On Stacking-1, 2 of 8 actions solved 29 % of the test contexts, 4 solved 17 %.
                execute=4 if is_waved else 2,
                pairs=True,
                trunk=(256, 256),
                width=192,
                blocks=2,
            )
        return cls()


class Diffusion(Learner):
    """The denoising network with its schedule and normalization; see the module."""

    action_low: Tensor
    action_range: Tensor
    signal: Tensor
    noise: Tensor
    time: Tensor

    def __init__(self, task: Mapping[str, Any], config: DiffusionConfig) -> None:
        super().__init__(task)
        self.config = config
        self.history, self.chunk = config.history, config.chunk
        self.action_shape = tuple(task["action"]["shape"])
        self.num_actions: int | None = task["action"]["num_actions"]
        width = self.num_actions or math.prod(self.action_shape)
        self.encoder = ObservationEncoder(task["observation"], self.history, config.octaves, config.pairs)
        self.trunk = mlp((self.encoder.width, *config.trunk))
        condition = (self.encoder.width, *config.trunk)[-1] + TIME_WIDTH
        self.enter = Linear(self.chunk * width, config.width)
        self.blocks = nn.ModuleList(_Block(config.width, condition) for _ in range(config.blocks))
        self.leave = Linear(config.width, self.chunk * width)
        self.register_buffer("action_low", -torch.ones(width))
        self.register_buffer("action_range", 2 * torch.ones(width))
        signal = cosine_schedule(config.diffusion_steps)
        self.register_buffer("signal", torch.from_numpy(np.sqrt(signal)).float(), persistent=False)
        self.register_buffer("noise", torch.from_numpy(np.sqrt(1 - signal)).float(), persistent=False)
        self.register_buffer("time", time_embedding(config.diffusion_steps), persistent=False)

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the z-scores of observations and the range of continuous actions."""
        self.encoder.fit_statistics(batch.observations)
        if self.num_actions is None:
            actions = batch.actions[:, 0].flatten(1)
            low, high = actions.amin(dim=0), actions.amax(dim=0)
            self.action_low.copy_(low)
            self.action_range.copy_(torch.where(high - low < CONSTANT_STD, 2.0, high - low))

    def forward(self, noisy: Tensor, level: Tensor, features: Tensor) -> Tensor:
        """Returns the predicted velocity, ``sqrt(signal) * noise - sqrt(1 - signal) * clean``.

        Unlike the noise it stays a question worth asking at every level: where hardly any signal is
        left, the noise says nothing about which mode to head for.

        Args:
            noisy: ``(B, chunk * action width)``.
            level: Noise level of each row, int64 ``(B,)`` in ``[0, diffusion_steps)``.
            features: What trunk and encoder make of the observations.
        """
        condition = torch.cat([features, self.time[level]], dim=1)
        hidden = self.enter(noisy)
        for block in self.blocks:
            hidden = block(hidden, condition)
        velocity: Tensor = self.leave(hidden.relu())
        return velocity

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared error of the velocity over the actions inside the mask."""
        clean = self._scaled(batch.actions)
        size = len(clean)
        level = torch.randint(self.config.diffusion_steps, (size,), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        signal_scale, noise_scale = self.signal[level].unsqueeze(1), self.noise[level].unsqueeze(1)
        noisy = signal_scale * clean + noise_scale * noise
        velocity = signal_scale * noise - noise_scale * clean
        error = (self(noisy, level, self.trunk(self.encoder(batch.observations))) - velocity).square()
        weight = batch.mask.float()
        total: Tensor = (error.view(size, self.chunk, -1).mean(dim=2) * weight).sum()
        return total / weight.sum()

    def denoise(self, noise: Tensor, features: Tensor) -> Tensor:
        """Returns the clean chunks, scaled, that DDIM makes of the initial `noise`, row by row."""
        chunk, steps = noise, self.config.denoising_steps
        levels = np.linspace(self.config.diffusion_steps - 1, 0, steps).round().astype(int).tolist()
        scales = [(float(self.signal[level]), float(self.noise[level])) for level in levels]
        for level, (a, b), (next_a, next_b) in zip(levels, scales, [*scales[1:], (1.0, 0.0)], strict=True):
            velocity = self(chunk, torch.full((len(noise),), level), features)
            clean = (chunk * a - velocity * b).clamp(-1, 1)
            rest = (chunk - clean * a) * (1 / b)
            chunk = clean * next_a + rest * next_b
        return chunk

    def policy(self) -> LearnedPolicy:
        """Returns the policy that acts with the present weights."""
        return _Policy(self)

    def _scaled(self, actions: Tensor) -> Tensor:
        """Returns ``(B, chunk * action width)`` in [-1, 1]."""
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


class _Block(nn.Module):
    """A residual block that sees observation and noise level again."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.inner = Linear(width + condition, width)
        self.outer = Linear(width, width)

    def forward(self, hidden: Tensor, condition: Tensor) -> Tensor:
        inner = self.inner(torch.cat([hidden.relu(), condition], dim=1))
        return hidden + self.outer(inner.relu())  # type: ignore[no-any-return]


class _Policy(LearnedPolicy):
    def __init__(self, learner: Diffusion) -> None:
        super().__init__(learner)
        self._learner = learner
        self.chunk = learner.config.execute
        self._noise = torch.zeros((DEFAULT_WIDTH, learner.enter.in_features))

    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        learner = self._learner
        for row, generator in zip(self._noise.numpy(), self._generators, strict=True):
            generator.standard_normal(dtype=np.float32, out=row)
        chunks = learner.denoise(self._noise, learner.trunk(learner.encoder(observations)))
        actions: NDArray[Any] = learner.unscaled(chunks)[:, : learner.config.execute].numpy()
        return actions


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


def time_embedding(steps: int) -> Tensor:
    """Returns one row of sines and cosines for each noise level, ``(steps, TIME_WIDTH)``."""
    frequencies = np.exp(-math.log(1000) * np.arange(TIME_WIDTH // 2) / (TIME_WIDTH // 2))
    angles = np.arange(steps)[:, None] * frequencies
    return torch.from_numpy(np.concatenate([np.sin(angles), np.cos(angles)], axis=1)).float()
