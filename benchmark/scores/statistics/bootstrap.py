"""Bootstrap: how many resamples there are, and what interval they give."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

NUM_RESAMPLES = 2000
BOOTSTRAP_SEED = 20240501
"""Seed of every resampling: the same episodes give the same interval, bit for bit."""


def percentile_interval(resampled: FloatArray, confidence: float) -> tuple[float, float]:
    """Returns the central `confidence` of resampled values; NaN, an undefined resample, is left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return float(low), float(high)
