"""The transformer that stands in for the residual MLP of `ilbench.baselines.chunks`.

Each observation of the history is a token and each action of the chunk is one; all see all (Vaswani et al.
2017, with the normalization before each part: Xiong et al. 2020). Marks, such as a noise level's, are added
to the tokens of the actions. There is no dropout: a training is one stream of random numbers, whose length
must not depend on a network's layers.

A method's transformer is ``class DiffusionTransformer(TransformerNetwork, Diffusion)``, its configuration
``class DiffusionTransformerConfig(TransformerConfig, DiffusionConfig)``, in which `ChunkConfig.width` is a
token's, `ChunkConfig.blocks` counts layers, and `ChunkConfig.trunk` is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from ilbench.baselines.chunks import MAX_WAVED, ChunkConfig, ChunkLearner
from ilbench.baselines.layers import Linear, matrix_products
from ilbench.baselines.learner import Batch
from ilbench.baselines.observation import ObservationEncoder, has_images, is_small_state, state_size

HEAD_WIDTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerConfig(ChunkConfig):
    """Defaults of the configurations of transformers; it has no fields of its own."""

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> Self:
        """Returns the defaults for a task's public description."""
        sizes: Mapping[str, Any] = {"history": 5, "width": 64, "blocks": 4, "learning_rate": 5e-4}
        if has_images(task["observation"]):
            return cls(steps=6000, batch_size=64, **{**sizes, "history": 2})
        if is_small_state(task["observation"]):
            is_waved = state_size(task["observation"]) <= MAX_WAVED
            return cls(
                steps=6000,
                batch_size=128,
                octaves=2 if is_waved else 0,
                execute=4 if is_waved else 2,
                pairs=True,
                **sizes,
            )
        return cls(**sizes)


class TokenwiseNetwork(ChunkLearner):
    """A `ChunkLearner` whose network sees each observation of the history as a token."""

    def make_encoder(self) -> None:
        """Sets the encoder of one observation and `feature_size`."""
        config = self.config
        self.encoder = ObservationEncoder(self.task["observation"], 1, config.octaves, config.pairs)
        self.feature_size = self.history * config.width
        self.see = _Tokenwise(self.encoder.width, config.width)

    def fit_statistics(self, batch: Batch) -> None:
        """Sets the z-scores of single observations and the range of continuous actions."""
        last = {name: values[:, -1:] for name, values in batch.observations.items()}
        super().fit_statistics(batch._replace(observations=last))

    def features(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the tokens of ``(B, history, *shape)`` observations, ``(B, feature_size)``."""
        if self.training:
            each = {name: values.flatten(0, 1).unsqueeze(1) for name, values in observations.items()}
            encoded = self.encoder(each)
            encoded = encoded.view(-1, self.history, encoded.shape[1])
        else:  # as many rows at a time as lanes, whose bits depend on no others
            steps = range(self.history)
            each_step = [{name: values[:, [t]] for name, values in observations.items()} for t in steps]
            encoded = torch.stack([self.encoder(one) for one in each_step], dim=1)
        tokens: Tensor = self.see(encoded)
        return tokens.flatten(1)


class TransformerNetwork(TokenwiseNetwork):
    """A `ChunkLearner` whose network is a transformer; see the module."""

    def make_network(self, num_marks: int, num_outputs: int) -> None:
        """Sets the encoder of one observation, the layers and `feature_size`."""
        config = self.config
        self.make_encoder()
        self.enter = _Tokenwise(self.chunk_size // self.chunk, config.width)
        self.mark = Linear(num_marks, config.width) if num_marks else None
        self.positions = nn.Parameter(0.02 * torch.randn(self.history + self.chunk, config.width))
        self.layers = nn.Sequential(
            *(_Layer(config.width) for _ in range(config.blocks)), nn.LayerNorm(config.width)
        )
        self.leave = Linear(self.chunk * config.width, num_outputs)

    def forward(self, chunks: Tensor, *seen: Tensor) -> Tensor:
        """Returns ``(B, num_outputs)`` of chunks, features and marks; see `ChunkLearner.forward`."""
        features, *marks = seen
        actions = self.enter(chunks.reshape(len(chunks), self.chunk, -1))
        if self.mark is not None:
            actions = actions + self.mark(torch.cat(marks, dim=1)).unsqueeze(1)
        tokens = torch.cat([features.view(len(features), self.history, -1), actions], dim=1) + self.positions
        actions = self.layers(tokens)[:, self.history :]
        result: Tensor = self.leave(actions.flatten(1))
        return result


class _Tokenwise(Linear):
    """A linear layer of tokens: in training all rows are one product, which takes half the time."""

    def forward(self, features: Tensor) -> Tensor:
        if not self.training:
            return super().forward(features)
        return super().forward(features.flatten(0, 1)).view(*features.shape[:2], -1)


class _Layer(nn.Module):
    """Attention, then a layer of four times the width, each added to what it sees normalized."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.before_attention, self.before_wide = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.answer = _Tokenwise(width, 3 * width), _Tokenwise(width, width)
        self.widen, self.narrow = _Tokenwise(width, 4 * width), _Tokenwise(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Returns ``(B, tokens, width)`` of the same."""
        tokens = tokens + self.answer(self._attended(self.before_attention(tokens)))
        result: Tensor = tokens + self.narrow(self.widen(self.before_wide(tokens)).relu())
        return result

    def _attended(self, tokens: Tensor) -> Tensor:
        parts = self.ask(tokens).view(*tokens.shape[:2], 3, self.heads, HEAD_WIDTH)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).contiguous()
        scores = matrix_products(queries, keys.transpose(2, 3)) * HEAD_WIDTH**-0.5
        found = matrix_products(scores.softmax(dim=3), values)
        return found.transpose(1, 2).flatten(2)
