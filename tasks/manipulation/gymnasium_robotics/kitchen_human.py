"""The Franka kitchen as people used it: D4RL's "complete" set, as demonstrations of our task.

Minari's ``D4RL/kitchen/complete-v2`` holds 19 episodes of people (relay policy learning, arXiv 1910.11956),
played again in FrankaKitchen-v1, whose observation and actions are those of our task. Its arrays are kept as
they are. Two forms are read: Minari's own data set, whose ``observations/observation`` has a row more than
there are actions, and an ``.npz`` with the rows of all episodes in a row, ``observations`` (N, 59),
``actions`` (N, 9) and ``episode_ends``, which lacks that row. Ours ends with the step that completes the
fourth sub-task, since there an episode of the task ends, so both give the same demonstrations.

A sub-task counts as in `kitchen_env`, by the recorded joints, which have the sensors' noise.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.incoming import NOT_FINITE, is_finite
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.hdf5 import Hdf5File
from ilbench.npz import load_npz
from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_tasks import FRANKA, ORDERS, SUBTASKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "kitchen-human-v1"
"""The data set's name. A change of what is read, or how, is a new version."""

ORIGIN = (
    "Recorded by people in virtual reality for relay policy learning (arXiv 1910.11956), as D4RL and Minari "
    "hold them (D4RL/kitchen/complete-v2, CC BY 4.0), up to the step that completes the fourth sub-task."
)

ARRAYS = ("observations", "actions", "episode_ends")
EPISODE = re.compile(r"episode_\d{1,9}")
GOALS = {
    "microwave": ((31,), (-0.75,)),
    "kettle": ((32, 33, 34, 35, 36, 37, 38), (-0.23, 0.75, 1.62, 0.99, 0.0, 0.0, -0.06)),
    "light switch": ((26, 27), (-0.69, -0.05)),
    "slide cabinet": ((28,), (0.37,)),
}
"""Of each sub-task, as gymnasium-robotics has it: components of the observation, and where they are to be."""
DONE_WITHIN = 0.3
"""Distance from the goal at which a sub-task is done, gymnasium-robotics' BONUS_THRESH."""

NUM_JOINTS = 9
MAX_START_RAD = 0.1
"""Of a joint at the start from ours: an episode starts nowhere else. The sensors' noise is 0.01."""

SEED = 0
"""Of the sensors' noise when recordings are played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An episode as it was recorded, N steps long.

    Attributes:
        place: The file and the episode, for messages.
        observations: What each action answers, shape (N, 59).
        actions: Shape (N, 9).
    """

    place: str
    observations: NDArray[np.float32]
    actions: NDArray[np.float32]

    def done(self) -> dict[str, int]:
        """Returns in which row each sub-task is first seen to be done, in the order in which they were."""
        first = {}
        for name in SUBTASKS:
            components, goal = GOALS[name]
            away = np.linalg.norm(self.observations[:, components] - np.array(goal), axis=1)
            rows = np.flatnonzero(away < DONE_WITHIN)
            if len(rows):
                first[name] = int(rows[0])
        return dict(sorted(first.items(), key=lambda found: found[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How recorded actions, played open loop in our environment, compare with the recording.

    Attributes:
        joints_rad: Median over steps of the largest deviation of an arm's joint, rad.
        recorded: The sub-tasks done in the recording, in their order, with the rows in which they were.
        played: The same when played.
    """

    joints_rad: float
    recorded: dict[str, int]
    played: dict[str, int]


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in Minari's data set or in an ``.npz``.

    Args:
        path: The ``.npz``, Minari's ``main_data.hdf5``, or the folder of its data set.
        task_id: Only this task, which has to be the Franka kitchen.

    Raises:
        InvalidArchiveError: It is another task's, or an array has another form than expected.
        CorruptFileError: It cannot be read.
    """
    if task_id not in (None, FRANKA.id):
        raise InvalidArchiveError(f"{path}: demonstrations of {FRANKA.id}, not of {task_id}")
    file = _file(path)
    recordings = read_recordings(file)
    _check_starts(recordings)
    demonstrations = [demonstration(recording) for recording in recordings]
    found = ForeignSet(
        task=FRANKA, name=NAME, files=(file,), read=lambda _: demonstrations, description=ORIGIN
    )
    return (found,)


def read_recordings(path: Path) -> list[Recording]:
    """Returns the episodes of Minari's data set or of an ``.npz``.

    Raises:
        InvalidArchiveError: It is neither, or an array has another form than expected.
        CorruptFileError: It cannot be read.
    """
    file = _file(path)
    parts = _from_npz(file) if file.suffix == ".npz" else _from_minari(file)
    recordings = []
    for index, (observations, actions) in enumerate(parts):
        place = f"{file}, episode {index}"
        rows = len(actions)
        shapes = {
            "observations": (rows, *FRANKA.observation[0].shape),
            "actions": (rows, *FRANKA.action.shape),
        }
        for name, values in (("observations", observations), ("actions", actions)):
            if values.shape != shapes[name]:
                raise InvalidArchiveError(
                    f"{place}: '{name}': expected shape {shapes[name]}, found {values.shape}"
                )
            if not is_finite(values):
                raise InvalidArchiveError(f"{place}: '{name}': {NOT_FINITE}")
        recording = Recording(
            place=place, observations=observations.astype(np.float32), actions=actions.astype(np.float32)
        )
        recordings.append(recording)
    if not recordings:
        raise InvalidArchiveError(f"{file}: no episode in it")
    return recordings


def _check_starts(recordings: Sequence[Recording]) -> None:
    """Refuses recordings that begin where no episode of the task does."""
    env = FRANKA.make_env()
    observation, _ = env.reset(options={"context": {"seed": SEED}})
    env.close()
    for recording in recordings:
        off = np.abs(recording.observations[0] - observation["state"])[:NUM_JOINTS].max()
        if off > MAX_START_RAD:
            raise InvalidArchiveError(
                f"{recording.place}: a joint starts {off:.3f} rad from where it does in {FRANKA.id}, "
                f"expected at most {MAX_START_RAD}: this is another kitchen"
            )


def demonstration(recording: Recording) -> Trajectory:
    """Returns a recording as a demonstration of our task, up to the step that completes it.

    Raises:
        InvalidArchiveError: It completes nothing before its last row.
    """
    done = recording.done()
    is_whole = len(done) == len(SUBTASKS)
    length = max(done.values()) if is_whole else len(recording.actions) - 1
    if length < 1:
        raise InvalidArchiveError(f"{recording.place}: no step before its last row or success")
    rewards = np.bincount([row - 1 for row in done.values() if 1 <= row <= length], minlength=length)
    actions = recording.actions[:length]
    return Trajectory(
        observations={"state": recording.observations[: length + 1]},
        actions=actions,
        expert_actions=actions,
        rewards=rewards.astype(np.float64),
        success=is_whole,
        terminated=is_whole,
        mode=ORDERS.index(tuple(done)) if is_whole else None,
        context=-1,
        seed=0,
    )


def play(env: Any, recording: Recording) -> Agreement:
    """Returns how a recording's actions, played from our start, compare with what was recorded."""
    observation, _ = env.reset(options={"context": {"seed": SEED}})
    rows = [observation["state"]]
    done: dict[str, int] = {}
    for step, action in enumerate(recording.actions, start=1):
        observation, *_ = env.step(FRANKA.action.clip(action))
        rows.append(observation["state"])
        done |= {name: step for name in env.unwrapped.done if name not in done}
    off = np.abs(np.stack(rows[:-1]) - recording.observations)[:, :NUM_JOINTS]
    return Agreement(joints_rad=float(np.median(off.max(axis=1))), recorded=recording.done(), played=done)


def report(agreements: Sequence[Agreement]) -> Iterator[str]:
    """Yields what playing the recordings came to, in sentences with numbers."""
    off = np.array([agreement.joints_rad for agreement in agreements])
    whole = [agreement for agreement in agreements if len(agreement.played) == len(SUBTASKS)]
    same = sum(tuple(agreement.played) == tuple(agreement.recorded) for agreement in agreements)
    late = [
        abs(agreement.played[name] - row) for agreement in whole for name, row in agreement.recorded.items()
    ]
    recorded = sum(len(agreement.recorded) == len(SUBTASKS) for agreement in agreements)
    yield (
        f"Played open loop, {len(whole)} of {len(agreements)} do all four sub-tasks ({recorded} did), "
        f"{same} in the recorded order."
    )
    if late:
        yield f"A sub-task is done {np.mean(late):.1f} steps from where it was, at most {max(late)}."
    yield (
        f"The worst joint is off by {np.median(off):.3f} rad (median over steps, then over episodes; at most "
        f"{off.max():.3f}); the sensors' noise alone is 0.01."
    )


def _file(path: Path) -> Path:
    """Returns the file of arrays."""
    inside = [path / "data" / "main_data.hdf5", path / "main_data.hdf5"]
    file = next((found for found in inside if found.is_file()), path) if path.is_dir() else path
    if file.suffix not in (".npz", ".hdf5") or not file.is_file():
        raise InvalidArchiveError(
            f"{path}: expected an .npz, or main_data.hdf5 or the folder of Minari's D4RL/kitchen/complete-v2"
        )
    return file


Part = tuple["NDArray[Any]", "NDArray[Any]"]
"""Observations and actions of an episode, as many of both."""


def _from_npz(file: Path) -> Iterator[Part]:
    content = load_npz(file, ARRAYS)
    observations, actions, ends = (content[name] for name in ARRAYS)
    bounds = [0, *ends.ravel().tolist()]
    if len(bounds) < 2 or any(b <= a for a, b in itertools.pairwise(bounds)) or bounds[-1] != len(actions):
        problem = f"expected rising numbers up to the {len(actions)} rows of 'actions'"
        raise InvalidArchiveError(f"{file}: 'episode_ends': {problem}")
    for first, last in itertools.pairwise(bounds):
        yield observations[first:last], actions[first:last]


def _from_minari(file: Path) -> Iterator[Part]:
    with Hdf5File(file) as content:
        names = [name for name in content.kinds("") if EPISODE.fullmatch(name)]
        for name in sorted(names, key=lambda name: int(name.rpartition("_")[2])):
            actions = content.array(f"{name}/actions")
            yield content.array(f"{name}/observations/observation")[: len(actions)], actions


FORMAT = Format(
    name="kitchen-human",
    summary="The Franka kitchen's 19 demonstrations by people: Minari's D4RL/kitchen/complete-v2, or .npz.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
