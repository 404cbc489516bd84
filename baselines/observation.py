"""From a task's observation fields to the input of a network, decided from the public description alone.

| field                              | encoding                                                     |
|------------------------------------|--------------------------------------------------------------|
| floats of any shape                | flattened, z-scored, clipped; with differences or waves of   |
|                                    | them on demand                                               |
| uint8 ``(H, W, C)``, H and W >= 32 | scaled to [-1, 1], small strided CNN (the history as channels) |
| uint8 ``(H, W, C)``, smaller       | a symbolic grid: a vector for each value of each channel, CNN |
| other integers                     | token ids: a vector for each, joined in their order          |
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ilbench.baselines.layers import Convolution, Linear

SMALLEST_IMAGE = 32
"""Pixels on a side from which a uint8 array is taken for an image; below, for a grid of symbols."""

CLIP = 10.0
"""Bound of a z-scored input: what lies farther out than anything seen must not drown the other inputs."""

CONSTANT_STD = 1e-4
"""A component that varies less than this in training is only centered: dividing would amplify noise."""

MAX_PAIRED = 32
"""Components of a state up to which the differences of all pairs are worth their number."""

LOWEST_FREQUENCY = pi / 2
"""Of the waves, in radians a standard deviation; each octave doubles it."""

GRID_VALUES = 32
TOKEN_VALUES = 256
TOKEN_WIDTH = 16
FEATURES = 256


class ObservationEncoder(nn.Module):
    """Encodes ``(B, history, *shape)`` observations as one feature vector a row.

    Args:
        fields: ``Task.description()["observation"]``.
        history: Observations in a window.
        octaves: Octaves of sines and cosines that accompany each float (Tancik et al. 2020, Fourier
            Features): a network of ReLUs learns what changes within a tenth of a standard deviation only
            slowly without them, and fits noise more readily with them.
        pairs: Whether the difference of every two components of a float field goes with them, z-scored for
            itself: how far a tool is from an object, which tells what to do to the millimeter, is a small
            part of what both positions vary by.

    Attributes:
        width: Length of the feature vector.
    """

    def __init__(
        self, fields: Mapping[str, Mapping[str, Any]], history: int, octaves: int = 0, pairs: bool = False
    ) -> None:
        super().__init__()
        self._names = tuple(fields)
        parts = [_encoder(field, history, octaves, pairs) for field in fields.values()]
        self.width = sum(part.width for part in parts)
        self._parts = nn.ModuleList(parts)

    def fit_statistics(self, observations: Mapping[str, Tensor]) -> None:
        """Sets the normalization of the float fields from all training windows."""
        for name, part in zip(self._names, self._parts, strict=True):
            if isinstance(part, _Floats):
                part.fit_statistics(observations[name])

    def forward(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns ``(B, width)``."""
        features = [part(observations[name]) for name, part in zip(self._names, self._parts, strict=True)]
        return torch.cat(features, dim=1) if len(features) > 1 else features[0]


def has_images(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether any field is an image, which makes a training step some ten times dearer."""
    return any(_is_image(field) for field in fields.values())


def has_grids(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether any field is a symbolic grid, which makes a training step a few times dearer."""
    return any(_is_grid_or_image(field) and not _is_image(field) for field in fields.values())


def state_size(fields: Mapping[str, Mapping[str, Any]]) -> int:
    """Returns how many numbers are observed, of whatever fields."""
    return sum(prod(field["shape"]) for field in fields.values())


def is_state(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether all that is observed is floats."""
    return all(field["dtype"].startswith("float") for field in fields.values())


def is_small_state(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether all that is observed is a state of at most `MAX_PAIRED` components."""
    return is_state(fields) and state_size(fields) <= MAX_PAIRED


def _is_image(field: Mapping[str, Any]) -> bool:
    return _is_grid_or_image(field) and min(field["shape"][:2]) >= SMALLEST_IMAGE


def _is_grid_or_image(field: Mapping[str, Any]) -> bool:
    return field["dtype"] == "uint8" and len(field["shape"]) == 3


def _encoder(field: Mapping[str, Any], history: int, octaves: int, pairs: bool) -> _Part:
    shape = tuple(field["shape"])
    if field["dtype"].startswith("float"):
        return _Floats(history * prod(shape), octaves, pairs)
    if _is_image(field):
        return _Image(shape, history)
    if _is_grid_or_image(field):
        return _Grid(shape, history)
    return _Tokens(history * prod(shape))


class _Part(nn.Module):
    """The encoder of one field; `width` is the length of what it returns for a row."""

    width: int


class _Floats(_Part):
    mean: Tensor
    scale: Tensor
    frequencies: Tensor
    first: Tensor
    second: Tensor

    def __init__(self, components: int, octaves: int, pairs: bool) -> None:
        super().__init__()
        first, second = np.triu_indices(components if pairs else 0, 1)
        self.register_buffer("first", torch.from_numpy(first), persistent=False)
        self.register_buffer("second", torch.from_numpy(second), persistent=False)
        components += len(first)
        self.width = components * (1 + 2 * octaves)
        self.register_buffer("mean", torch.zeros(components))
        self.register_buffer("scale", torch.ones(components))
        self.register_buffer("frequencies", LOWEST_FREQUENCY * 2.0 ** torch.arange(octaves), persistent=False)

    def fit_statistics(self, values: Tensor) -> None:
        flat = self._with_pairs(values.flatten(1).double())
        std = flat.std(dim=0, correction=0)
        self.mean.copy_(flat.mean(dim=0))
        self.scale.copy_(torch.where(std < CONSTANT_STD, 1.0, 1 / std.clamp_min(CONSTANT_STD)))

    def forward(self, values: Tensor) -> Tensor:
        inputs = self._with_pairs(values.flatten(1).float())
        scores = ((inputs - self.mean) * self.scale).clamp(-CLIP, CLIP)
        if len(self.frequencies) == 0:
            return scores
        waves = (scores.unsqueeze(1) * self.frequencies.unsqueeze(1)).flatten(1)
        return torch.cat([scores, waves.sin(), waves.cos()], dim=1)

    def _with_pairs(self, flat: Tensor) -> Tensor:
        return torch.cat([flat, flat[:, self.first] - flat[:, self.second]], dim=1)


class _Image(_Part):
    def __init__(self, shape: tuple[int, ...], history: int) -> None:
        super().__init__()
        self.width = FEATURES
        self.convolutions = nn.Sequential(
            Convolution(history * shape[2], 32, 4, stride=4),
            nn.ReLU(),
            Convolution(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        rows, columns = (-(-(side // 4) // 2) for side in shape[:2])
        # With the normalization the loss on Procgen's mazes falls faster: 0.90 against 1.10 at step 400.
        self.project = nn.Sequential(Linear(64 * rows * columns, FEATURES), nn.LayerNorm(FEATURES), nn.ReLU())

    def forward(self, images: Tensor) -> Tensor:
        channels_first = images.permute(0, 1, 4, 2, 3).flatten(1, 2)
        return self.project(self.convolutions(channels_first.float() / 127.5 - 1.0))  # type: ignore[no-any-return]


class _Grid(_Part):
    """Each channel has its own table of vectors; a cell is the sum of its channels' vectors."""

    offsets: Tensor

    def __init__(self, shape: tuple[int, ...], history: int) -> None:
        super().__init__()
        self.width = FEATURES
        rows, columns, channels = shape
        self.table = nn.Embedding(channels * GRID_VALUES, TOKEN_WIDTH)
        self.register_buffer("offsets", torch.arange(channels) * GRID_VALUES, persistent=False)
        self.convolutions = nn.Sequential(
            Convolution(history * TOKEN_WIDTH, 32, 3, padding=1),
            nn.ReLU(),
            Convolution(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        cells = -(-rows // 2) * -(-columns // 2)
        self.project = nn.Sequential(Linear(64 * cells, FEATURES), nn.ReLU())

    def forward(self, grids: Tensor) -> Tensor:
        cells = self.table(grids.long().clamp(max=GRID_VALUES - 1) + self.offsets).sum(dim=-2)
        return self.project(self.convolutions(cells.permute(0, 1, 4, 2, 3).flatten(1, 2)))  # type: ignore[no-any-return]


class _Tokens(_Part):
    """Joined, not summed, so that the order of words counts; 0 is padding and encodes as zeros."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.width = count * TOKEN_WIDTH
        self.table = nn.Embedding(TOKEN_VALUES, TOKEN_WIDTH, padding_idx=0)

    def forward(self, tokens: Tensor) -> Tensor:
        flat = tokens.reshape(len(tokens), -1).long()
        return self.table(flat.clamp(0, TOKEN_VALUES - 1)).flatten(1)  # type: ignore[no-any-return]
