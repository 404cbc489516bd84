"""Demonstrations as torch tensors: for the trainer, and as a `Dataset` for those who train their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ilbench.baselines.learner import Batch

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations


class DemonstrationDataset(Dataset[dict[str, Any]]):
    """Windows of demonstrations, one a recorded step.

    Item i is ``{"observations": {field: (history, *shape)}, "actions": (chunk, *action.shape), "mask":
    (chunk,)}``; the first action belongs to the last observation, the mask is False past the
    demonstration's end. Images stay uint8.

    Args:
        demonstrations: From `ilbench.load_demonstrations`.
        history: Observations in a window, the first one repeated at the start.
        chunk: Actions in a window.
    """

    def __init__(self, demonstrations: Demonstrations, *, history: int = 1, chunk: int = 1) -> None:
        self._windows = demonstrations.windows(history=history, chunk=chunk)

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        example = self._windows[index]
        return {
            "observations": {name: torch.as_tensor(v) for name, v in example["observations"].items()},
            "actions": torch.as_tensor(example["actions"]),
            "mask": torch.as_tensor(example["mask"]),
        }


def all_windows(demonstrations: Demonstrations, *, history: int, chunk: int) -> Batch:
    """Returns every window of the demonstrations, trajectory by trajectory, in order."""
    observations, actions, mask = demonstrations.windows(history=history, chunk=chunk).arrays()
    tensors = {name: torch.from_numpy(values) for name, values in observations.items()}
    return Batch(tensors, torch.from_numpy(actions), torch.from_numpy(mask))


def take(windows: Batch, indices: Tensor) -> Batch:
    """Returns the windows at `indices`."""
    observations = {name: values[indices] for name, values in windows.observations.items()}
    return Batch(observations, windows.actions[indices], windows.mask[indices])


def split_windows(demonstrations: Demonstrations, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Returns the indices of the training windows and of the validation windows.

    Whole demonstrations are kept out, since neighbors in time are nearly copies of each other: at least
    one when `fraction` is above 0 and there are two, chosen by `seed`.
    """
    lengths = np.array([len(trajectory.actions) for trajectory in demonstrations.trajectories])
    count = len(lengths)
    num_held_out = min(max(round(fraction * count), 1), count - 1) if fraction > 0 else 0
    held_out = np.zeros(count, dtype=bool)
    held_out[np.random.default_rng(seed).permutation(count)[:num_held_out]] = True
    per_window = torch.from_numpy(np.repeat(held_out, lengths))
    return torch.nonzero(~per_window).flatten(), torch.nonzero(per_window).flatten()
