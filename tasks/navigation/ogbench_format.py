"""OGBench's ``.npz`` files of its point and ant mazes, read as demonstrations.

A file holds ``observations`` (N, …), ``actions`` (N, …), ``terminals`` (N,), ``qpos`` and ``qvel`` of all its
trajectories in a row; where ``terminals`` is set is a trajectory's last row, whose action leads nowhere. Its
name says what it is: ``pointmaze-medium-navigate-v0.npz``, ``…-val.npz`` for the smaller part.

The data know no goals. Each trajectory gets, as its goal, where it ended, so that it has succeeded by the
task's rule; a learner that draws its goals from the future of a step (``gcbc``) does not look at it.

A file is compared with our environment: set to a recorded state and given the recorded action, it has to
show the next recorded state. One that does not agree is refused. Teleports are not compared.
No file of OGBench's own was at hand: this was tested on files of its layout, recorded by its recipe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.registry import find_task, load_registry
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.incoming import NOT_FINITE, is_finite
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.npz import load_npz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

FILE = re.compile(
    r"(?P<body>pointmaze|antmaze)-(?P<maze>[a-z]+)-(?P<kind>navigate|stitch|explore)-v0(?P<part>-val)?\.npz"
)
ARRAYS = ("observations", "actions", "terminals", "qpos", "qvel")
MAX_DEVIATION = 0.05
"""Of a compared step: the largest deviation of any number, m, rad, m/s."""

NUM_COMPARED = 200
"""Steps of a file that are compared, spread evenly."""


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the data in a file, or in the files of a folder.

    Args:
        path: An ``.npz`` file, or a folder of them.
        task_id: Only for this task; the file may then have any name. By default the task is told by the name.

    Raises:
        InvalidArchiveError: There is no such file, or no task for one.
        UnknownNameError: There is no such task.
    """
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    sets = [_set_of(file, task_id) for file in files if file.is_file()]
    found = tuple(one for one in sets if one is not None)
    if not found:
        wanted = "a file such as pointmaze-medium-navigate-v0.npz, or a folder of them"
        raise InvalidArchiveError(f"{path}: expected {wanted}" + (f", for {task_id}" if task_id else ""))
    return found


def _set_of(file: Path, task_id: str | None) -> ForeignSet | None:
    """Returns what a file holds, None if it is of another task than the one wanted."""
    match = FILE.fullmatch(file.name)
    if match is None and task_id is None:
        raise InvalidArchiveError(f"{file}: its name does not tell the task; say which with --task")
    task = find_task(task_id) if task_id is not None else _task_of(file, match)
    if match is not None and match["body"] not in task.id:
        return None
    kind = "other" if match is None else match["kind"] + (match["part"] or "")
    return ForeignSet(
        task=task,
        name=f"ogbench-{kind}-v1",
        files=(file,),
        read=partial(read_file, task=task),
        description="In the layout of OGBench (arXiv 2410.20092). Its data have no goals: that of each "
        "trajectory is where it ended.",
    )


def _task_of(file: Path, match: re.Match[str] | None) -> Task:
    if match is not None:
        stem = f"navigation/ogbench-{match['body']}-{match['maze']}"
        tasks = dict(load_registry())
        for task_id in (f"{stem}-{match['kind']}-v1", f"{stem}-v1"):
            if task_id in tasks:
                return tasks[task_id]
    raise InvalidArchiveError(f"{file}: there is no task for it; name one with --task")


def read_file(file: Path, task: Task) -> Sequence[Trajectory]:
    """Returns the trajectories in a file, after comparing it with our environment.

    Raises:
        InvalidArchiveError: An array is of another form, or does not agree with the environment.
        CorruptFileError: It is no whole ``.npz`` file, or an array is missing.
    """
    arrays = _arrays(file)
    rows = len(arrays["observations"])
    wanted = {"observations": task.observation[0].shape, "actions": task.action.shape, "terminals": ()}
    for name, shape in wanted.items():
        if arrays[name].shape != (rows, *shape):
            raise InvalidArchiveError(
                f"{file}: '{name}': expected shape {(rows, *shape)}, found {arrays[name].shape}"
            )
    ends = np.flatnonzero(arrays["terminals"]) + 1
    if not len(ends) or ends[-1] != rows:
        raise InvalidArchiveError(f"{file}: 'terminals': expected it to be set in the last row")
    lengths = np.diff(ends, prepend=0)
    if lengths.min() < 2:
        raise InvalidArchiveError(f"{file}: 'terminals': a trajectory of one row has no step")
    _compare(file, task, arrays, ends)
    parts = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
    return [_trajectory(arrays, first, last, task) for first, last in parts]


def _arrays(file: Path) -> dict[str, NDArray[Any]]:
    arrays = load_npz(file, ARRAYS)
    for name, values in arrays.items():
        wanted = 1 if name == "terminals" else 2
        if values.ndim != wanted or len(values) != len(arrays["observations"]):
            raise InvalidArchiveError(
                f"{file}: '{name}': expected as many rows of numbers as in 'observations', found shape "
                f"{values.shape}"
            )
        if not is_finite(values):
            raise InvalidArchiveError(f"{file}: '{name}': {NOT_FINITE}")
    return arrays


def _compare(file: Path, task: Task, arrays: Mapping[str, NDArray[Any]], ends: NDArray[np.intp]) -> None:
    """Raises `InvalidArchiveError` unless our environment makes the recorded steps."""
    env = task.make_env()
    steps = np.setdiff1d(np.arange(len(arrays["actions"])), ends - 1)
    for row in steps[:: max(len(steps) // NUM_COMPARED, 1)].tolist():
        qpos, after = arrays["qpos"][row].tolist(), arrays["observations"][row + 1]
        context = {"start": qpos[:2], "goal": qpos[:2], "qpos": qpos, "qvel": arrays["qvel"][row].tolist()}
        env.reset(seed=0, options={"context": context})
        action = task.action.clip(arrays["actions"][row])
        shown = env.step(action)[0]["state"]
        if env.unwrapped.num_teleports:
            continue
        deviation = float(np.abs(shown - after).max())
        if deviation > MAX_DEVIATION:
            raise InvalidArchiveError(
                f"{file}, row {row}: {task.id} leads elsewhere from there: off by {deviation:.3f}, expected "
                f"at most {MAX_DEVIATION}"
            )
    env.close()


def _trajectory(arrays: Mapping[str, NDArray[Any]], first: int, last: int, task: Task) -> Trajectory:
    states = arrays["observations"][first:last].astype(np.float32)
    size = task.observation[1].shape[0]
    actions = arrays["actions"][first : last - 1].astype(np.float32)
    return Trajectory(
        observations={"state": states, "goal": np.repeat(states[-1:, :size], len(states), axis=0)},
        actions=actions,
        expert_actions=actions,
        rewards=np.zeros(len(actions)),
        success=True,
        terminated=False,
        mode=None,
        context=-1,
        seed=0,
    )


FORMAT = Format(
    name="ogbench",
    summary="OGBench's .npz files of its point and ant mazes, and such as its recipe records here.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
