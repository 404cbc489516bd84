"""Demonstrations as torch tensors: for the trainer, and as a `Dataset` for those who train their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ilbench.baselines.learner import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.demonstrations import Demonstrations


class DemonstrationDataset(Dataset[dict[str, Any]]):
    """Windows of demonstrations, one a recorded step.

    Item i is ``{"observations": {field: (history, *shape)}, "actions": (chunk, *action.shape), "mask":
    (chunk,)}``; the first action belongs to the last observation, the mask is False past the
    demonstration's end. Images stay uint8. Where procedure fields were asked for, ``"procedure": {field:
    (*shape)}`` is what the expert computed for the first action.

    Args:
        demonstrations: From `ilbench.load_demonstrations`.
        history: Observations in a window, the first one repeated at the start.
        chunk: Actions in a window.
        procedure: Names of procedure fields.
    """

    def __init__(
        self,
        demonstrations: Demonstrations,
        *,
        history: int = 1,
        chunk: int = 1,
        procedure: Sequence[str] = (),
    ) -> None:
        self._windows = demonstrations.windows(history, chunk, procedure)

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {
            name: _tensors(value) if isinstance(value, dict) else torch.as_tensor(value)
            for name, value in self._windows[index].items()
        }


def all_windows(
    demonstrations: Demonstrations, *, history: int, chunk: int, procedure: Sequence[str] = ()
) -> Batch:
    """Returns every window of the demonstrations, trajectory by trajectory, in order."""
    windows = demonstrations.windows(history, chunk, procedure)
    observations, actions, mask = windows.arrays()
    return Batch(
        _tensors(observations),
        torch.from_numpy(actions),
        torch.from_numpy(mask),
        _tensors(windows.procedure()),
    )


def _tensors(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(values) for name, values in arrays.items()}


def take(windows: Batch, indices: Tensor) -> Batch:
    """Returns the windows at `indices`."""
    observations = {name: values[indices] for name, values in windows.observations.items()}
    procedure = {name: values[indices] for name, values in windows.procedure.items()}
    return Batch(observations, windows.actions[indices], windows.mask[indices], procedure)


def window_ends(demonstrations: Demonstrations) -> Tensor:
    """Returns for each window one past the index of its demonstration's last, shape (N,)."""
    lengths = np.array([len(trajectory) for trajectory in demonstrations.trajectories])
    return torch.from_numpy(np.repeat(np.cumsum(lengths), lengths))


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
