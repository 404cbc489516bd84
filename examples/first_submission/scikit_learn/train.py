"""Fits nearest neighbors to exported demonstrations. Needs scikit-learn and NumPy, and nothing of ILBench.

Usage: ``python train.py demonstrations.npz weights.joblib``
"""

import sys

import joblib
import numpy as np
from sklearn.neighbors import KNeighborsRegressor

data = np.load(sys.argv[1])
ends = data["observation_ends"]  # a demonstration has one observation more than it has actions
starts = np.concatenate(([0], ends[:-1]))
states = data["observations/state"]
seen = np.concatenate([states[start : end - 1] for start, end in zip(starts, ends)])  # noqa: B905 - Python 3.8
model = KNeighborsRegressor(4).fit(seen, data["expert_actions"])
joblib.dump(model, sys.argv[2])
