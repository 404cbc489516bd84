"""PushT as people pushed: the 206 demonstrations of Diffusion Policy, as demonstrations of our task.

The data set (``pusht_cchi_v7_replay.zarr``) holds rows at 10 Hz: ``action`` (N, 2), where the agent is to
go, ``state`` (N, 5), place of the agent and pose of the T before that action, all in px and rad, and in
``meta`` the ``episode_ends``. Rate, unit and meaning of an action are those of our task: actions are taken
over as they are. The observation is not: ours has the eight corners of the T, which follow from its pose
(Diffusion Policy's nine keypoints are not read). What comes after an episode's last action was not
recorded; it is played here.

Played in our world from their first state, the actions lead where they led when they were recorded, see
`Agreement`. A file whose agent is elsewhere is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, sin
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.incoming import NOT_FINITE, is_finite
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.npz import load_npz
from ilbench.tasks.manipulation.pusht import zarr_store
from ilbench.tasks.manipulation.pusht.contexts import BELOW_ORIGIN_PX
from ilbench.tasks.manipulation.pusht.layout import BAR, STEM, SUCCESS_COVERAGE
from ilbench.tasks.manipulation.pusht.tasks import PUSHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context
    from ilbench.tasks.manipulation.pusht.physics import World

NAME = "pusht-human-v1"
"""The data set's name. A change of what is read, or how, is a new version."""

ARRAYS = {"action": "data/action", "state": "data/state", "episode_ends": "meta/episode_ends"}
"""What is read, by its name in an ``.npz`` and in the zarr store."""

ORIGIN = (
    "Recorded by people for Diffusion Policy (arXiv 2303.04137); actions and poses as recorded, the T's "
    "corners from its pose, what follows an episode's last action from this simulator."
)

MAX_AGENT_PX = 0.01
"""Of the agent, which nothing stops: its way follows from its start and the actions alone."""

NOTABLE_PX = 0.01
"""Distance of the T from where it was that is more than the rounding of the recording to 32 bits explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An episode as it was recorded, N steps long.

    Attributes:
        place: The file and the episode, for messages.
        actions: Targets of the agent, px, shape (N, 2).
        states: Place of the agent, px, and pose of the T, px and rad, before each action, shape (N, 5).
    """

    place: str
    actions: NDArray[np.float32]
    states: NDArray[np.float64]

    @property
    def start(self) -> Context:
        """The context from which our task begins where the recording does."""
        ax, ay, x, y, angle = self.states[0].tolist()
        # `World.place` sets the place before the angle, and a body turns about its center of gravity
        block = [x - BELOW_ORIGIN_PX * sin(angle), y - BELOW_ORIGIN_PX * (1.0 - cos(angle))]
        return {"agent": [ax, ay], "block": block, "angle": angle}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How recorded actions, played open loop from the recorded start, compare with the recording.

    Attributes:
        agent_px: Farthest that the agent is from where it was.
        block_px: Median over steps of the T's distance from where it was.
        last_block_px: The same before the last action.
        recorded_coverage: Of the goal, before the last action.
        played_coverage: The same when played.
        end: Place of the agent and pose of the T after the last action, which nobody recorded, shape (5,).
            Where the T is elsewhere before it, the action is played from the last recorded row.
        face: Index of the face that the agent touches first, None if it never does.
    """

    agent_px: float
    block_px: float
    last_block_px: float
    recorded_coverage: float
    played_coverage: float
    end: NDArray[np.float64]
    face: int | None

    @property
    def reached_coverage(self) -> float:
        """Of the goal, after the last action."""
        return _coverage(self.end)


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in a packed zarr store or an ``.npz``, after playing them.

    Args:
        path: The file.
        task_id: Only this task, which has to be PushT.

    Raises:
        InvalidArchiveError: It is another task's, or an array has another form than expected.
        CorruptFileError: It cannot be read.
    """
    if task_id not in (None, PUSHT.id):
        raise InvalidArchiveError(f"{path}: demonstrations of {PUSHT.id}, not of {task_id}")
    recordings = read_recordings(path)
    agreements = [play(recording) for recording in recordings]
    demonstrations = [demonstration(*pair) for pair in zip(recordings, agreements, strict=True)]
    found = ForeignSet(
        task=PUSHT,
        name=NAME,
        files=(path,),
        read=lambda _: demonstrations,
        description=f"{ORIGIN} {' '.join(report(agreements))}",
    )
    return (found,)


def read_recordings(path: Path) -> list[Recording]:
    """Returns the episodes of a packed zarr store or an ``.npz``.

    Raises:
        InvalidArchiveError: It is neither, or an array has another form than expected.
        CorruptFileError: It cannot be read.
    """
    if path.suffix == ".npz":
        content = load_npz(path, tuple(ARRAYS))
    elif path.suffix in zarr_store.SUFFIXES:
        stored = zarr_store.load_zarr(path, tuple(ARRAYS.values()))
        content = {name: stored[place] for name, place in ARRAYS.items()}
    else:
        wanted = ", ".join((".npz", *zarr_store.SUFFIXES))
        remedy = "pack a folder with: tar cf pusht.tar pusht_cchi_v7_replay.zarr"
        raise InvalidArchiveError(f"{path}: expected a file that ends in one of {wanted}; {remedy}")
    actions, states, ends = content["action"], content["state"], content["episode_ends"]
    rows = len(actions)
    for name, values, shape in (("action", actions, (rows, 2)), ("state", states, (rows, 5))):
        if values.shape != shape:
            raise InvalidArchiveError(f"{path}: '{name}': expected shape {shape}, found {values.shape}")
        if not is_finite(values):
            raise InvalidArchiveError(f"{path}: '{name}': {NOT_FINITE}")
    bounds = [0, *ends.ravel().tolist()]
    if len(bounds) < 2 or any(b <= a for a, b in itertools.pairwise(bounds)) or bounds[-1] != rows:
        problem = f"expected rising numbers up to the {rows} rows of 'action'"
        raise InvalidArchiveError(f"{path}: 'episode_ends': {problem}")
    return [
        Recording(
            place=f"{path}, episode {index}",
            actions=actions[first:last].astype(np.float32),
            states=states[first:last].astype(np.float64),
        )
        for index, (first, last) in enumerate(itertools.pairwise(bounds))
    ]


def play(recording: Recording) -> Agreement:
    """Returns how a recording's actions, played from its start, compare with what was recorded.

    Raises:
        InvalidArchiveError: The agent goes elsewhere: actions mean something else, or the rate is another.
    """
    env = PUSHT.make_env()
    env.reset(options={"context": recording.start})
    world: World = env.unwrapped.world
    rows = []
    for x, y in recording.actions.tolist():
        rows.append(_row(world))
        velocity = world.agent.velocity
        env.step(np.array([x, y], np.float32))
    face = world.touched
    played, recorded = np.stack(rows), recording.states
    off = np.linalg.norm(played[:, 2:4] - recorded[:, 2:4], axis=1)
    agent_px = float(np.max(np.linalg.norm(played[:, :2] - recorded[:, :2], axis=1)))
    if agent_px > MAX_AGENT_PX:
        raise InvalidArchiveError(
            f"{recording.place}: its actions, played from its start, take the agent elsewhere: off by "
            f"{agent_px:.3f} px, expected at most {MAX_AGENT_PX}"
        )
    end = _row(world)
    if off[-1] > NOTABLE_PX:
        ax, ay, *pose = recorded[-1].tolist()
        world.pose((ax, ay), *pose)
        world.agent.velocity = velocity  # the T has none: it stops at every step of the physics
        world.advance(*recording.actions[-1].tolist())
        end = _row(world)
    return Agreement(
        agent_px=agent_px,
        block_px=float(np.median(off)),
        last_block_px=float(off[-1]),
        recorded_coverage=_coverage(recorded[-1]),
        played_coverage=_coverage(played[-1]),
        end=end,
        face=face,
    )


def demonstration(recording: Recording, agreement: Agreement) -> Trajectory:
    """Returns a recording as a demonstration of our task; one that goes on after a success is cut there."""
    rows = np.concatenate([recording.states, agreement.end[None]])
    covered = np.array([_coverage(row) for row in rows])
    won = np.flatnonzero(covered > SUCCESS_COVERAGE)
    length = max(int(won[0]), 1) if len(won) else len(recording.actions)
    best = np.maximum.accumulate(np.minimum(covered[1 : length + 1] / SUCCESS_COVERAGE, 1.0))
    actions = recording.actions[:length]
    return Trajectory(
        observations={"state": np.stack([_observed(row) for row in rows[: length + 1]])},
        actions=actions,
        expert_actions=actions,
        rewards=np.diff(best, prepend=0.0),
        success=bool(len(won)),
        terminated=bool(len(won)),
        mode=agreement.face,
        context=-1,
        seed=0,
    )


def report(agreements: Sequence[Agreement]) -> Iterator[str]:
    """Yields what playing the recordings came to, in sentences with numbers."""
    off = np.array([agreement.last_block_px for agreement in agreements])
    recorded = np.array([agreement.recorded_coverage for agreement in agreements])
    played = np.array([agreement.played_coverage for agreement in agreements])
    reached = np.array([agreement.reached_coverage for agreement in agreements])
    near, won = np.sum(off < NOTABLE_PX), np.sum(reached > SUCCESS_COVERAGE)
    agent_px = max(agreement.agent_px for agreement in agreements)
    yield (
        f"Played open loop from their recorded starts, {near} of {len(off)} end with the T within "
        f"{NOTABLE_PX} px of where it was (median {np.median(off):.1g} px, at most {off.max():.1f}); "
        f"the agent is never farther than {agent_px:.1g} px."
    )
    yield (
        f"Coverage before the last action: {recorded.mean():.3f} recorded, {played.mean():.3f} played; after "
        f"it {reached.mean():.3f} ({reached.min():.3f} to {reached.max():.3f}), in {won} more than "
        f"{SUCCESS_COVERAGE}."
    )


def _row(world: World) -> NDArray[np.float64]:
    """Returns the place of the agent and the pose of the T, as a row of ``state`` has them."""
    return np.array([*world.agent.position, *world.block_pose])


def _coverage(row: NDArray[np.float64]) -> float:
    from ilbench.tasks.manipulation.pusht.physics import (
        coverage,
    )  # pymunk, which naming the format does without

    return coverage(*row[2:].tolist())


def _observed(row: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns what our task shows where agent and T are so."""
    from ilbench.tasks.manipulation.pusht.physics import placed

    corners = placed((*BAR, *STEM), *row[2:].tolist())
    return np.array([row[:2].tolist(), *corners], np.float32).ravel()


FORMAT = Format(
    name="pusht-human",
    summary="PushT's 206 demonstrations by people: Diffusion Policy's zarr, packed as .tar or .zip, or .npz.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
