"""Episodes of the Adroit hand as DAPG (pickles) and D4RL (HDF5) store them, read and checked for form."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.demonstrations import InvalidArchiveError
from ilbench.demonstrations.incoming import NOT_FINITE, is_finite
from ilbench.demonstrations.unpickling import load_plain
from ilbench.hdf5 import Hdf5File
from ilbench.reading import listed
from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An episode as it lies in a file, N rows long.

    Attributes:
        place: The file and the episode, for messages.
        task: The task of ours.
        start: The context of its start, with ``qpos`` and ``qvel``.
        observations: Shape (N, ...); row t is what action t answers.
        actions: Shape (N, ...), as they were recorded; the simulator clips them to [-1, 1].
        rewards: Shape (N,).
        qpos: Joint positions of the simulation in each row, shape (N, ...), where they were recorded.
        qvel: Joint velocities in each row.
    """

    place: str
    task: Task
    start: Context
    observations: NDArray[np.float64]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float64]
    qpos: NDArray[np.float64] | None = None
    qvel: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What is particular to the recordings of a task.

    Attributes:
        task: The task.
        num_joints: Joint positions of its simulation.
        start: By name, the width of each entry that says how the scene is placed.
        place: Makes of these entries the context of the start.
        succeeds: Whether rows of observations are successes, shape (N,); None where they do not say.
    """

    task: Task
    num_joints: int
    start: Mapping[str, int]
    place: Callable[[Mapping[str, Any]], dict[str, Any]]
    succeeds: Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None


def _pen_succeeds(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    near = np.linalg.norm(rows[:, 39:42], axis=1) < 0.075
    succeeds: NDArray[np.bool_] = near & (np.sum(rows[:, 33:36] * rows[:, 36:39], axis=1) > 0.95)
    return succeeds


HANDS = (
    Hand(
        task=adroit_tasks.DOOR,
        num_joints=30,
        start={"door_body_pos": 3},
        place=lambda found: {"door_pos_m": found["door_body_pos"]},
        succeeds=lambda rows: rows[:, 28] >= 1.35,
    ),
    Hand(
        task=adroit_tasks.HAMMER,
        num_joints=33,
        start={"board_pos": 3},
        place=lambda found: {"board_height_m": float(found["board_pos"][2])},
        succeeds=None,
    ),
    Hand(
        task=adroit_tasks.PEN,
        num_joints=30,
        start={"desired_orien": 4},
        place=lambda found: {"wanted_quaternion": found["desired_orien"]},
        succeeds=_pen_succeeds,
    ),
    Hand(
        task=adroit_tasks.RELOCATE,
        num_joints=36,
        start={"obj_pos": 3, "target_pos": 3},
        place=lambda found: {"ball_xy_m": found["obj_pos"][:2], "target_m": found["target_pos"]},
        succeeds=lambda rows: np.linalg.norm(rows[:, 36:39], axis=1) < 0.1,
    ),
)
"""The tasks that can be imported. Their numbers of actions differ, which tells whose a file is."""


def hand_of(task: Task) -> Hand:
    """Returns what is particular to a task's recordings.

    Raises:
        InvalidArchiveError: The task has none.
    """
    for hand in HANDS:
        if hand.task.id == task.id:
            return hand
    wanted = ", ".join(hand.task.id for hand in HANDS)
    raise InvalidArchiveError(f"{task.id} has no recordings of DAPG or D4RL; only {wanted} have")


def from_pickle(file: Path, task: Task | None = None) -> Iterator[Recording]:
    """Yields the episodes of DAPG's pickle, a list of dictionaries.

    Args:
        file: The file.
        task: The task it is of; None finds out.

    Raises:
        InvalidArchiveError: An entry is missing or of another form; names file, episode and entry.
        CorruptFileError: It is no pickle of plain data, or cut off.
        UnsafePickleError: It asks for something to be called.
    """
    content = load_plain(file)
    if not isinstance(content, list) or not content:
        found = "none" if content == [] else f"a {type(content).__name__}"
        raise InvalidArchiveError(f"{file}: expected a list of episodes, found {found}")
    for index, episode in enumerate(content):
        source = _Source(f"{file}, episode {index}", episode)
        actions = source.array("actions", (None, None))
        hand = _hand_of(source.place, actions, task)
        start = _Source(f"{source.place}, init_state_dict", source.entry("init_state_dict"))
        yield _recording(source, hand, actions, start)


def from_hdf5(file: Path, task: Task | None = None) -> Iterator[Recording]:
    """Yields the episodes of D4RL's file, in which all follow one another.

    A row with ``terminals`` or ``timeouts`` is its episode's last.

    Args:
        file: The file.
        task: The task it is of; None finds out.

    Raises:
        InvalidArchiveError: An array is of another form; names file and array.
        CorruptFileError: It is no HDF5 file, or cut off, or lacks an array.
    """
    names = ("observations", "actions", "rewards", "terminals", "timeouts")
    with Hdf5File(file) as archive:
        content = {name: archive.array(name) for name in names}
        actions = _Source(str(file), content).array("actions", (None, None))
        hand = _hand_of(str(file), actions, task)
        infos = (*hand.start, "qpos", "qvel")
        content |= {name: archive.array(f"infos/{name}") for name in infos}
    source = _Source(str(file), content)
    whole = {name: source.array(name, (len(actions),)) for name in ("terminals", "timeouts")}
    for name, width in (*hand.start.items(), ("qpos", hand.num_joints), ("qvel", hand.num_joints)):
        source.array(name, (len(actions), width))
    ends = np.flatnonzero((whole["terminals"] != 0) | (whole["timeouts"] != 0)) + 1
    bounds = [0, *ends.tolist(), *([len(actions)] if not len(ends) or ends[-1] < len(actions) else [])]
    for index, (first, last) in enumerate(itertools.pairwise(bounds)):
        part = _Source(f"{file}, episode {index}", {name: rows[first:last] for name, rows in content.items()})
        start = _Source(part.place, {name: rows[first] for name, rows in content.items()})
        yield _recording(part, hand, part.array("actions", (None, None)), start, with_states=True)


class _Source:
    """Named entries of a file, looked at one by one.

    Args:
        place: For messages.
        content: The entries.
    """

    def __init__(self, place: str, content: Any) -> None:
        self.place = place
        self._content = content
        if not isinstance(content, dict):
            raise InvalidArchiveError(f"{place}: expected named arrays, found a {type(content).__name__}")

    def entry(self, name: str) -> Any:
        """Returns an entry as it is."""
        if name not in self._content:
            raise InvalidArchiveError(f"{self.place}: '{name}' is missing; it holds {listed(self._content)}")
        return self._content[name]

    def array(self, name: str, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
        """Returns an entry as numbers of a shape, in which None stands for any length."""
        values = self.entry(name)
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiub":
            found = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
            raise InvalidArchiveError(f"{self.place}: '{name}': expected an array of numbers, found {found}")
        fits = len(values.shape) == len(shape) and all(
            wanted is None or length == wanted for length, wanted in zip(values.shape, shape, strict=False)
        )
        if not fits:
            wanted = f"({', '.join('any' if length is None else str(length) for length in shape)})"
            raise InvalidArchiveError(
                f"{self.place}: '{name}': expected shape {wanted}, found {values.shape}"
            )
        if not is_finite(values):
            raise InvalidArchiveError(f"{self.place}: '{name}': {NOT_FINITE}")
        return values.astype(np.float64)


def _hand_of(place: str, actions: NDArray[np.float64], task: Task | None) -> Hand:
    width = actions.shape[1]
    hands = HANDS if task is None else (hand_of(task),)
    for hand in hands:
        if hand.task.action.shape == (width,):
            return hand
    wanted = ", ".join(f"{hand.task.action.shape[0]} ({hand.task.id})" for hand in hands)
    raise InvalidArchiveError(f"{place}: 'actions' has {width} numbers a row, expected {wanted}")


def _recording(
    source: _Source,
    hand: Hand,
    actions: NDArray[np.float64],
    start: _Source,
    *,
    with_states: bool = False,
) -> Recording:
    rows, joints = len(actions), hand.num_joints
    if rows < 2:
        raise InvalidArchiveError(f"{source.place}: {rows} rows, expected at least 2")
    placed = hand.place({name: start.array(name, (width,)) for name, width in hand.start.items()})
    return Recording(
        place=source.place,
        task=hand.task,
        start={**placed, "qpos": start.array("qpos", (joints,)), "qvel": start.array("qvel", (joints,))},
        observations=source.array("observations", (rows, *hand.task.observation[0].shape)),
        actions=actions.astype(np.float32),
        rewards=source.array("rewards", (rows,)),
        qpos=source.array("qpos", (rows, joints)) if with_states else None,
        qvel=source.array("qvel", (rows, joints)) if with_states else None,
    )
