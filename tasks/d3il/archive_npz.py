"""D3IL's 800 demonstrations of Inserting in one compact file, read as those of the originals.

An ``.npz`` archive: ``lengths`` (E,), the rows of each demonstration, and per field an integer array (axes,
rows of all) of first differences in micrometers, or in millionths of a quaternion, which begins anew with
each demonstration: the sum within one, times 1e-6, is the original to 5e-7. Fields: ``des_c_pos`` (x and y),
``c_pos`` (x, y, z), and of three boxes ``box1_pos`` (x, y, z) and ``box1_quat`` (w first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.npz import load_npz
from ilbench.tasks.d3il.archive import KINDS, read_log

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

NAME = "d3il-human-compact-v1"
"""Last part of the data set's id. A change of what is read, or how, is a new version."""

UNIT = 1e-6
BOXES = (1, 2, 3)
FIELDS: Mapping[str, int] = {
    "des_c_pos": 2,
    "c_pos": 3,
    **{f"box{number}_{part}": axes for number in BOXES for part, axes in (("pos", 3), ("quat", 4))},
}
"""Axes of each field."""

HEIGHT_M = 0.12235931
"""Of all commands: the rod is moved in the plane."""

KIND = next(kind for kind in KINDS if kind.task == "inserting")


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in the file.

    Args:
        path: The ``.npz`` file.
        task_id: Only this task.

    Raises:
        InvalidArchiveError: There is no such file, or another task is asked for.
        UnknownNameError: There is no such task.
    """
    from ilbench.tasks.d3il import TASKS

    if not path.is_file():
        raise InvalidArchiveError(f"{path}: expected an .npz file of Inserting, found none")
    task = next(task for task in TASKS if task.id.startswith("d3il/inserting-v"))
    if task_id is not None and find_task(task_id) is not task:
        raise InvalidArchiveError(f"{path}: a file of {task.id}; {task_id} was asked for")
    return (
        ForeignSet(
            task=task,
            name=NAME,
            files=(path,),
            read=lambda file: _read(file, task),
            description=(
                "Recorded by people with a game-pad for D3IL (arXiv 2402.14606), in D3IL's own simulation; "
                "rounded to micrometers. Success and mode are what this task's rules say of the logged poses."
            ),
        ),
    )


def _read(file: Path, task: Task) -> Iterator[Trajectory]:
    """Yields the demonstrations in the file, in order."""
    arrays = load_npz(file, ["lengths", *FIELDS])
    lengths = arrays.pop("lengths")
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu" or np.any(lengths < 1):
        raise InvalidArchiveError(f"{file}: 'lengths': expected a row of positive whole numbers")
    total = int(lengths.sum())
    for name, axes in FIELDS.items():
        values = arrays[name]
        if values.shape != (axes, total) or values.dtype.kind not in "iu":
            raise InvalidArchiveError(
                f"{file}: '{name}': expected whole numbers of shape {(axes, total)}, found {values.dtype} of "
                f"{values.shape}"
            )
    end = 0
    for number, length in enumerate(lengths.tolist()):
        begin, end = end, end + length
        rows = {name: _summed(values[:, begin:end]) for name, values in arrays.items()}
        yield read_log(f"{file}, demonstration {number}", _as_log(rows), task, KIND)


def _summed(differences: NDArray[Any]) -> NDArray[np.float64]:
    """Returns rows (T, axes) of which these are the first differences, in m or as parts of a quaternion."""
    rows: NDArray[np.float64] = np.cumsum(differences, axis=1, dtype=np.int64).T * UNIT
    return rows


def _as_log(rows: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Returns the rows of one demonstration as the pickles name them."""
    commands = rows["des_c_pos"]
    heights = np.full((len(commands), 1), HEIGHT_M)
    return {
        "robot": {"des_c_pos": np.hstack([commands, heights]), "c_pos": rows["c_pos"]},
        **{f"box-{box}": {"pos": rows[f"box{box}_pos"], "quat": rows[f"box{box}_quat"]} for box in BOXES},
    }


FORMAT = Format(
    name="d3il-npz",
    summary="D3IL's 800 demonstrations of Inserting in one compact .npz file.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
