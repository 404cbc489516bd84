"""Bootstrap: how often each resample takes a training seed and a cluster, and what intervals that gives."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

NUM_RESAMPLES = 2000
BOOTSTRAP_SEED = 20240501
"""Seed of every resampling: the same episodes give the same interval, bit for bit."""


@lru_cache(maxsize=4)
def resampling_weights(
    num_runs: int, num_clusters: int, seed: int = BOOTSTRAP_SEED
) -> tuple[FloatArray, FloatArray]:
    """Returns how often each resample takes each training seed, shape (B, S), and each cluster, (B, C).

    Training seeds and contexts are resampled independently of each other, since every training seed plays
    the same contexts (the pigeonhole bootstrap: Owen 2007, Annals of Applied Statistics 1, 386-411). It is
    conservative: it covers new training seeds on new contexts. The arrays are read-only and shared.
    """
    rng = np.random.default_rng(seed)
    weights = tuple(_multiplicities(rng, size) for size in (num_runs, num_clusters))
    for array in weights:
        array.flags.writeable = False
    return weights[0], weights[1]


def _multiplicities(rng: np.random.Generator, size: int) -> FloatArray:
    drawn = rng.integers(size, size=(NUM_RESAMPLES, size))
    drawn += size * np.arange(NUM_RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=size * NUM_RESAMPLES)
    return counts.reshape(NUM_RESAMPLES, size).astype(np.float64)


def percentile_interval(resampled: FloatArray, confidence: float) -> tuple[float, float]:
    """Returns the central `confidence` of resampled values; NaN, an undefined resample, is left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return float(low), float(high)
