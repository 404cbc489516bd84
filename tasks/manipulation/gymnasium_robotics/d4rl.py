"""Adroit demonstrations of others: DAPG's pickles of people, and D4RL's HDF5 files.

A pickle is a list of dictionaries with ``observations`` (N, ...), ``actions`` (N, ...), ``rewards`` (N,) and
``init_state_dict``. Its first observation is not that of its start: recording began when the hand had left
it. So, as D4RL did to make its own files of them, the clipped actions are played from the start in our
environment, and what that gives is the demonstration: every step is one of this simulator, and it begins
where episodes begin. What was recorded is what the replay is compared with.

An HDF5 file holds ``observations``, ``actions``, ``rewards``, ``terminals`` and ``timeouts`` of all its
episodes in a row, and the simulation's state of each row in ``infos``. Its observations are kept as they are,
after our environment, set to a recorded state, has shown the recorded observation and, ten actions later, the
next one. No such file was at hand: this was tested on our own episodes in the layout of D4RL's script.

A file that does not agree with our environment is refused. How far each demonstration is off is noted in the
data set's description.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.errors import ILBenchError
from ilbench.tasks.manipulation.gymnasium_robotics.recordings import (
    Recording,
    from_hdf5,
    from_pickle,
    hand_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context, Task

PICKLES = (".pickle", ".pkl")
HDF5 = (".hdf5", ".h5")
KINDS = ("human", "cloned", "expert")
"""What D4RL's files are called after; a data set's name tells it."""

ORIGINS = {
    "dapg": "Recorded by people in virtual reality for DAPG (arXiv 1709.10087); their clipped actions, "
    "played from the recorded start in this environment.",
    "d4rl": "From D4RL (arXiv 2004.07219), as recorded in its simulation.",
}
"""What is said of a data set, by the first part of its name."""

MAX_FIRST_DEVIATION = 0.02
"""In m and rad: sites lag behind the joints by a substep of the last move."""
MAX_DEVIATION = 0.3
"""Of the median over a replay's steps, m and rad.

DAPG's 25 demonstrations of the door come to 0.013 to 0.223; with the actions of another demonstration, or
their own 30 steps late, to 0.45 and more.
"""
STEPS_AHEAD = 10
SECTION = 50
"""From every 50th recorded state it is looked `STEPS_AHEAD` steps ahead."""
NUM_CHECKED = 25
"""Episodes of an HDF5 file that are compared; people's files have as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How a recording compares with our environment.

    Attributes:
        deviation: Median over the compared steps of the largest deviation of an observation, m and rad.
        recorded: Whether the recorded observations tell of a success; None where they do not say.
        replayed: Whether our environment does.
    """

    deviation: float
    recorded: bool | None
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The content of a file.

    Attributes:
        task: Whose it is.
        trajectories: Its episodes.
        agreements: How they compare, of those that were compared.
    """

    task: Task
    trajectories: tuple[Trajectory, ...]
    agreements: tuple[Agreement, ...]


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in a file, or in the files of a folder, after comparing them.

    Args:
        path: A pickle, an HDF5 file, or a folder of them.
        task_id: Only this task.

    Raises:
        InvalidArchiveError: There is no file, or none of them can be read.
        UnknownNameError: There is no such task.
    """
    if not path.exists():
        raise InvalidArchiveError(f"{path}: there is no such file or folder")
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in files if file.is_file() and file.suffix in (*PICKLES, *HDF5)]
    if not files:
        wanted = ", ".join((*PICKLES, *HDF5))
        raise InvalidArchiveError(f"{path}: expected a file that ends in {wanted}, or a folder of them")
    task = None if task_id is None else find_task(task_id)
    good: dict[tuple[str, str], dict[Path, Compared]] = {}
    bad: dict[Path, ILBenchError] = {}
    for file in files:
        try:
            compared = _compared(file, task)
        except ILBenchError as error:
            bad[file] = error
        else:
            good.setdefault((compared.task.id, _name(file)), {})[file] = compared
    if not good:
        raise next(iter(bad.values()))
    sets = []
    for (_, name), found in good.items():
        sets.append(_set_of(name, found, bad))
        bad = {}  # they belong to no task: importing the first set names them
    return tuple(sets)


def _set_of(name: str, found: Mapping[Path, Compared], bad: Mapping[Path, ILBenchError]) -> ForeignSet:
    def read(file: Path) -> Sequence[Trajectory]:
        if file in bad:
            raise bad[file]
        return found[file].trajectories

    agreements = [agreement for compared in found.values() for agreement in compared.agreements]
    return ForeignSet(
        task=next(iter(found.values())).task,
        name=name,
        files=tuple(sorted([*found, *bad])),
        read=read,
        description=f"{ORIGINS[name.partition('-')[0]]} {_report(agreements)}",
    )


def _name(file: Path) -> str:
    """Returns the last part of the data set's id. A change of what is read, or how, is a new version."""
    if file.suffix in PICKLES:
        return "dapg-human-v1"
    return f"d4rl-{next((kind for kind in KINDS if kind in file.stem), 'other')}-v1"


def _report(agreements: Sequence[Agreement]) -> str:
    """Returns what the comparison with our environment came to, in words and numbers."""
    deviations = ", ".join(f"{agreement.deviation:.3f}" for agreement in agreements)
    disagree = [i for i, a in enumerate(agreements) if a.recorded is not None and a.recorded != a.replayed]
    where = f", which the record has otherwise in {disagree}" if disagree else ", as recorded"
    if any(agreement.recorded is None for agreement in agreements):
        where = "; the record does not say"
    return (
        f"Compared with this environment: {len(agreements)} demonstrations, of which "
        f"{sum(a.replayed for a in agreements)} succeed in it{where}. Deviation of the observations in each "
        f"(median over steps of the largest, m and rad): {deviations}."
    )


def _compared(file: Path, task: Task | None) -> Compared:
    """Returns what is in a file, compared with our environment."""
    is_pickle = file.suffix in PICKLES
    recordings = list(from_pickle(file, task) if is_pickle else from_hdf5(file, task))
    task = recordings[0].task
    env = task.make_env()
    agreements, trajectories = [], []
    for index, recording in enumerate(recordings):
        if is_pickle:
            trajectory, agreement = replayed(env, recording)
        else:
            trajectory, agreement = kept(env, recording, compare=index < NUM_CHECKED)
        trajectories.append(trajectory)
        agreements.extend([agreement] if index < NUM_CHECKED or is_pickle else [])
    env.close()
    return Compared(task=task, trajectories=tuple(trajectories), agreements=tuple(agreements))


def replayed(env: Any, recording: Recording) -> tuple[Trajectory, Agreement]:
    """Returns a recording's actions played from its start, and how that compares with what was recorded.

    Args:
        env: The environment of the recording's task.
        recording: The recording.

    Raises:
        InvalidArchiveError: The replay shows something else than was recorded.
    """
    observation, info = env.reset(options={"context": recording.start})
    observations, rewards, successes = [observation["state"]], [], [info["success"]]
    for action in recording.actions:
        observation, reward, _, _, info = env.step(recording.task.action.clip(action))
        observations.append(observation["state"])
        rewards.append(reward)
        successes.append(info["success"])
    states = np.stack(observations)
    agreement = Agreement(
        deviation=_deviation(recording, states[:-1], recording.observations),
        recorded=_succeeded(recording),
        replayed=any(successes),
    )
    _check(
        recording, agreement.deviation, MAX_DEVIATION, "its actions, played from its start, lead elsewhere"
    )
    return _trajectory(states, recording.actions, np.array(rewards), any(successes)), agreement


def kept(env: Any, recording: Recording, *, compare: bool = True) -> tuple[Trajectory, Agreement]:
    """Returns a recording as it is, and how our environment compares, set to its states.

    Args:
        env: The environment of the recording's task.
        recording: The recording, with states.
        compare: Whether to play from its states; success is found in any case.

    Raises:
        InvalidArchiveError: Set to a recorded state, our environment shows something else than was recorded.
    """
    successes, deviations = [], []
    for row in range(len(recording.actions)):
        observation, info = env.reset(options={"context": _at(recording, row)})
        successes.append(info["success"])
        if compare and row % SECTION == 0:
            first = _deviation(recording, observation["state"][None], recording.observations[row : row + 1])
            _check(recording, first, MAX_FIRST_DEVIATION, f"the state of row {row} is shown otherwise")
            ahead = recording.task.action.clip(recording.actions[row : row + STEPS_AHEAD])
            shown = np.stack([env.step(action)[0]["state"] for action in ahead])
            after = recording.observations[row + 1 : row + 1 + len(ahead)]
            deviations.append(_deviation(recording, shown[: len(after)], after))
    agreement = Agreement(
        deviation=float(np.median(deviations)) if compare else 0.0,
        recorded=_succeeded(recording),
        replayed=any(successes),
    )
    _check(recording, agreement.deviation, MAX_DEVIATION, f"{STEPS_AHEAD} actions lead elsewhere")
    states = recording.observations.astype(np.float32)
    return _trajectory(states, recording.actions[:-1], recording.rewards[:-1], any(successes)), agreement


def _at(recording: Recording, row: int) -> Context:
    """Returns the context that starts where a recording was in a row."""
    if recording.qpos is None or recording.qvel is None:
        raise InvalidArchiveError(f"{recording.place}: no states of the simulation")
    return {**recording.start, "qpos": recording.qpos[row], "qvel": recording.qvel[row]}


def _succeeded(recording: Recording) -> bool | None:
    """Returns whether the recorded observations tell of a success; None where they do not say."""
    succeeds = hand_of(recording.task).succeeds
    return None if succeeds is None else bool(np.any(succeeds(recording.observations)))


def _deviation(recording: Recording, ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Returns the median over steps of the largest deviation; a flag, which jumps, is left out."""
    compared = [not name.startswith("door is open") for name in recording.task.observation[0].components]
    off = np.abs(ours.astype(np.float64) - theirs)[:, compared]
    return float(np.median(np.max(off, axis=1)))


def _check(recording: Recording, deviation: float, most: float, problem: str) -> None:
    if deviation > most:
        raise InvalidArchiveError(
            f"{recording.place}: {problem}: off by {deviation:.3f} m or rad, expected at most {most}"
        )


def _trajectory(
    states: NDArray[np.float32], actions: NDArray[np.float32], rewards: NDArray[Any], success: bool
) -> Trajectory:
    return Trajectory(
        observations={"state": states},
        actions=actions,
        expert_actions=actions,
        rewards=np.asarray(rewards, np.float64),
        success=success,
        terminated=False,
        mode=None,
        context=-1,
        seed=0,
    )


FORMAT = Format(
    name="d4rl",
    summary="Demonstrations of the Adroit hand: DAPG's pickles of people, and D4RL's HDF5 files.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
