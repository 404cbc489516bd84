"""Demonstrations as the HDF5 file that d3rlpy's replay buffers are loaded from, in layout 2.1 of d3rlpy 2.8.

Read it there with ``d3rlpy.dataset.ReplayBuffer.load(file, d3rlpy.dataset.InfiniteBuffer())``. Known from
``d3rlpy/dataset/io.py``: an episode of t steps has t observations, the last of them before the last action;
rewards are (t, 1) and whole actions (t, 1); a task with several fields has a tuple of observations, in the
task's order. Pictures are channels first, which its encoders want.

``actions`` are the executed ones. Where noise was injected, what the expert wanted is in ``expert_actions_i``
beside them, which d3rlpy does not look at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from ilbench.demonstrations.exports.fields import has_noise, is_image, provenance
from ilbench.demonstrations.formats import Format

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ilbench.contract.fields import Field
    from ilbench.demonstrations.generate import Progress
    from ilbench.demonstrations.load import Demonstrations
    from ilbench.demonstrations.trajectory import Trajectory

LAYOUT = "2.1"
COLUMNS = ("observations", "actions", "rewards", "terminated")


def write(demonstrations: Demonstrations, path: Path, progress: Progress | None = None) -> None:
    """Writes the file.

    Args:
        demonstrations: What to write.
        path: The file.
        progress: Called as ``progress(done, total)`` after each demonstration.
    """
    noisy = has_noise(demonstrations)
    with h5py.File(path, "w") as file:
        file.attrs["ilbench"] = json.dumps(provenance(demonstrations))
        file["columns"] = list(COLUMNS)
        file["num_episodes"] = len(demonstrations)
        file["version"] = LAYOUT
        for index, trajectory in enumerate(demonstrations.trajectories):
            _write_episode(file, index, trajectory, demonstrations.task.observation)
            if noisy:
                file[f"expert_actions_{index}"] = _as_rows(trajectory.expert_actions)
            if progress is not None:
                progress(index + 1, len(demonstrations))


def _write_episode(file: h5py.File, index: int, trajectory: Trajectory, fields: tuple[Field, ...]) -> None:
    for number, field in enumerate(fields):
        name = f"observations_{index}" if len(fields) == 1 else f"observations_{index}_{number}"
        file[name] = _observed(trajectory.observations[field.name][:-1], field)
    file[f"actions_{index}"] = _as_rows(trajectory.actions)
    file[f"rewards_{index}"] = _as_rows(trajectory.rewards.astype(np.float32))
    file[f"terminated_{index}"] = trajectory.terminated


def _observed(rows: NDArray[Any], field: Field) -> NDArray[Any]:
    return np.moveaxis(rows, -1, 1) if is_image(field) else _as_rows(rows)


def _as_rows(values: NDArray[Any]) -> NDArray[Any]:
    """Returns an array of at least two axes: d3rlpy keeps a number a step as a row of one."""
    return values[:, None] if values.ndim == 1 else values


FORMAT = Format(
    name="d3rlpy",
    summary="The HDF5 file of d3rlpy's replay buffers; written only.",
    write=write,
)
"""For the entry-point group ``ilbench.formats``."""
