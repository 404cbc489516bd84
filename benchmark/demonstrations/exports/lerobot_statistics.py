"""Statistics of features as LeRobot keeps them: what its policies normalize by.

For numbers they are exact. Pictures count as ``value / 255``, each channel by itself, from a histogram of its
values: exact too, quantiles being the least value that so many pixels do not exceed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
NUM_VALUES = 256


def of_numbers(rows: NDArray[Any]) -> dict[str, Any]:
    """Returns least, largest, mean, deviation, count and quantiles of each entry, as plain lists.

    Args:
        rows: Shape ``(T, *shape)``, T at least 1.
    """
    values = rows.astype(np.float64)
    found = {
        "min": values.min(axis=0),
        "max": values.max(axis=0),
        "mean": values.mean(axis=0),
        "std": values.std(axis=0),
        **{name: np.quantile(values, share, axis=0) for name, share in QUANTILES.items()},
    }
    return {**{name: array.tolist() for name, array in found.items()}, "count": [len(rows)]}


def histogram(pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Returns how often each channel has each value, shape ``(channels, 256)``.

    Args:
        pictures: Shape ``(T, height, width, channels)``.
    """
    channels = np.moveaxis(pictures, -1, 0).reshape(pictures.shape[-1], -1)
    return np.stack([np.bincount(channel, minlength=NUM_VALUES) for channel in channels]).astype(np.int64)


def of_pictures(counts: NDArray[np.int64], num_pictures: int) -> dict[str, Any]:
    """Returns the statistics of pictures by their histogram, each of shape ``(channels, 1, 1)``."""
    values = np.arange(NUM_VALUES) / (NUM_VALUES - 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ values
    below = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    found = {
        "min": values[(counts > 0).argmax(axis=1)],
        "max": values[NUM_VALUES - 1 - (counts[:, ::-1] > 0).argmax(axis=1)],
        "mean": mean,
        "std": np.sqrt((shares * (values - mean[:, None]) ** 2).sum(axis=1)),
        **{name: values[(below >= share).argmax(axis=1)] for name, share in QUANTILES.items()},
    }
    return {**{name: array[:, None, None].tolist() for name, array in found.items()}, "count": [num_pictures]}


def joined(parts: Sequence[NDArray[Any]], is_video: bool) -> dict[str, Any]:
    """Returns the statistics of all demonstrations together, from the rows of each."""
    if not is_video:
        return of_numbers(np.concatenate(parts))
    return of_pictures(sum(map(histogram, parts), np.zeros((3, NUM_VALUES), np.int64)), sum(map(len, parts)))
