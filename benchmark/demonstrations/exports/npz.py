"""Demonstrations as one plain ``.npz`` file of NumPy's, which opens without pickles and without this project.

All demonstrations lie behind one another. With T steps in all and E demonstrations:

| array                       | shape           | holds |
|-----------------------------|-----------------|-------|
| ``observations/NAME``       | (T + E, ...)    | each field; a demonstration of t steps has t + 1 rows |
| ``observation_ends``        | (E,)            | the row after each demonstration's last |
| ``actions``                 | (T, ...)        | what was executed |
| ``expert_actions``          | (T, ...)        | what the expert wanted; the labels to imitate |
| ``rewards``                 | (T,)            | the answer to each action |
| ``procedure/NAME``          | (T, ...)        | what the expert computed, where it says so |
| ``ends``                    | (E,)            | the step after each demonstration's last |
| ``success``, ``terminated`` | (E,)            | of each demonstration |
| ``mode``, ``context``       | (E,)            | of each demonstration; -1 where there is none |
| ``seed``                    | (E,)            | as text: it may have more than 64 bits |
| ``fields``                  | (number,)       | names of the observation fields, in the task's order |
| ``about``                   | ()              | JSON: task, digests, shapes and components of the fields |
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.demonstrations.exports.fields import provenance
from ilbench.demonstrations.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ilbench.demonstrations.generate import Progress
    from ilbench.demonstrations.load import Demonstrations
    from ilbench.demonstrations.trajectory import Trajectory


def write(demonstrations: Demonstrations, path: Path, progress: Progress | None = None) -> None:
    """Writes the arrays of the table above.

    Args:
        demonstrations: What to write.
        path: The file, whatever its name ends in.
        progress: Called as ``progress(done, total)`` when all of it is written.
    """
    with path.open("wb") as file:  # a path without .npz would be given one
        np.savez_compressed(file, **arrays_of(demonstrations))
    if progress is not None:
        progress(len(demonstrations), len(demonstrations))


def arrays_of(demonstrations: Demonstrations) -> dict[str, NDArray[Any]]:
    """Returns the arrays of the table above, by name."""
    trajectories = demonstrations.trajectories
    names = [field.name for field in demonstrations.task.observation]
    lengths = np.array([len(t) for t in trajectories], dtype=np.int64)
    return {
        **{f"observations/{name}": _joined([t.observations[name] for t in trajectories]) for name in names},
        "observation_ends": np.cumsum(lengths + 1),
        "actions": _joined([t.actions for t in trajectories]),
        "expert_actions": _joined([t.expert_actions for t in trajectories]),
        "rewards": _joined([t.rewards for t in trajectories]),
        **{
            f"procedure/{name}": _joined([t.procedure[name] for t in trajectories])
            for name in _procedure(trajectories)
        },
        "ends": np.cumsum(lengths),
        "success": np.array([t.success for t in trajectories]),
        "terminated": np.array([t.terminated for t in trajectories]),
        "mode": np.array([-1 if t.mode is None else t.mode for t in trajectories], dtype=np.int64),
        "context": np.array([t.context for t in trajectories], dtype=np.int64),
        "seed": np.array([str(t.seed) for t in trajectories]),
        "fields": np.array(names),
        "about": np.array(json.dumps(provenance(demonstrations))),
    }


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts)


def _procedure(trajectories: Sequence[Trajectory]) -> list[str]:
    """Returns the names of what all experts computed at each step."""
    return sorted(set.intersection(*(set(t.procedure) for t in trajectories)))


FORMAT = Format(
    name="npz",
    summary="One file of NumPy arrays, readable with numpy.load alone; written only.",
    write=write,
)
"""For the entry-point group ``ilbench.formats``."""
