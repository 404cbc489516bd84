"""gen_dgrl's archives (Mediratta et al., ICLR 2024): Procgen episodes of a trained agent, one file each.

A file's name is ``<time>_<index>_<length>_<level>_<return>`` with ``.npy`` (a dictionary, pickled by NumPy)
or ``.npz`` (its arrays), in a folder that names the game. The fields are ``observations`` (T + 1, 3, 64, 64),
channels first, 0 to 255 as wide numbers; ``actions`` (T, 1); ``rewards`` (T, 1); ``dones`` (T). The last
observation is of the level that follows: here it is the one before the last action once more, as in our
environment. Known from the authors' code that writes and reads them, and from what readers of the published
files say of them; the archives (hundreds of MB each) were not at hand: this was tested on our own episodes
in their layout. Licence of the data: CC BY-NC 4.0.

A file does not say whether a level was completed. Success is recognized where the game pays 10 or more for
completion in one step and never otherwise; a last step with less is no success.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.demonstrations.unpickling import load_npy
from ilbench.npz import load_npz
from ilbench.reading import listed
from ilbench.tasks.procgen.tasks import IMAGE, NUM_ACTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

NAME = "gen-dgrl-v1"
"""Last part of the data sets' ids. A change of what is read, or how, is a new version."""

EPISODE = re.compile(
    r"(?P<time>[^_]+)_(?P<index>\d+)_(?P<length>\d{1,9})_(?P<level>-?\d{1,9})_"
    r"(?P<total>-?\d{1,9}(?:\.\d{1,9})?)\.np[yz]"
)
COMPLETION_REWARD = 10.0
FIELDS = ("actions", "rewards", "observations")


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the episodes below a folder, by game.

    Args:
        path: An extracted archive; a folder on the way to an episode has the game's name.
        task_id: Only this task; the folder may then have any name.

    Raises:
        InvalidArchiveError: There are none; says what was looked for.
        UnknownNameError: There is no such task.
    """
    from ilbench.tasks.procgen import TASKS

    if not path.is_dir():
        raise InvalidArchiveError(f"{path}: expected the folder of an extracted gen_dgrl archive, found none")
    files = sorted(file for file in path.rglob("*.np[yz]") if EPISODE.fullmatch(file.name))
    easy = {task.env_options["game"]: task for task in TASKS if "-hard-" not in task.id}
    by_game: dict[str, list[Path]] = {}
    if task_id is not None:
        task = find_task(task_id)
        easy = {"": task}
        by_game = {"": files} if files and task in TASKS else {}
    else:
        for file in files:
            game = next((part for part in reversed(file.resolve().parts) if part in easy), None)
            by_game.setdefault(game or "", []).append(file)
    sets = tuple(_set_of(easy[game], tuple(found)) for game, found in by_game.items() if game in easy)
    if not sets:
        raise InvalidArchiveError(
            f"{path}: no episode of a Procgen game; expected files called TIME_INDEX_LENGTH_LEVEL_RETURN.npy "
            "in a folder with the game's name, or --task ID of a Procgen task"
        )
    return sets


def _set_of(task: Task, files: tuple[Path, ...]) -> ForeignSet:
    return ForeignSet(
        task=task,
        name=NAME,
        files=files,
        read=lambda file: _read(file, task),
        description=(
            "Episodes of a PPO agent on levels 0 to 199 of easy mode, from gen_dgrl (arXiv 2312.05742, CC "
            "BY-NC 4.0). The level is that of the file's name; success is a last reward of 10 or more. "
            "What the archive calls expert need not be one: look at the returns."
        ),
    )


def _read(file: Path, task: Task) -> Iterator[Trajectory]:
    """Yields the one episode in a file."""
    name = EPISODE.fullmatch(file.name)
    if name is None:
        raise InvalidArchiveError(f"{file}: expected a name TIME_INDEX_LENGTH_LEVEL_RETURN.npy")
    content = _content(file)
    length, level = int(name["length"]), int(name["level"])
    actions = _array(file, content, "actions", (length,))
    rewards = _array(file, content, "rewards", (length,)).astype(np.float64)
    channels_first = _array(file, content, "observations", (length + 1, 3, 64, 64))
    _check(file, "actions", bool(np.all((actions >= 0) & (actions < NUM_ACTIONS))), "actions in [0, 15)")
    inside = bool(channels_first.min() >= 0 and channels_first.max() <= 255)
    _check(file, "observations", inside, "values in [0, 255]")
    total = float(name["total"])
    _check(file, "rewards", abs(rewards.sum() - total) < 0.02, f"a sum of {total:g}, as the name says")
    images = np.ascontiguousarray(channels_first.transpose(0, 2, 3, 1).astype(np.uint8))
    images[-1] = images[-2]
    success = bool(rewards[-1] >= COMPLETION_REWARD)
    yield Trajectory(
        observations={IMAGE.name: images},
        actions=actions.astype(np.int64),
        expert_actions=actions.astype(np.int64),
        rewards=rewards,
        success=success,
        terminated=success or length < task.horizon,
        mode=None,
        context=_context(task, level),
        seed=level,
    )


def _content(file: Path) -> Mapping[str, Any]:
    if file.suffix == ".npz":
        return load_npz(file, FIELDS)
    content = load_npy(file)
    if not isinstance(content, dict):
        raise InvalidArchiveError(f"{file}: expected a dictionary, found a {type(content).__name__}")
    return content


def _array(file: Path, content: Mapping[str, Any], field: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Returns a field, without a last axis of length 1 that is too many."""
    if field not in content:
        raise InvalidArchiveError(f"{file}: field {field!r} is missing; the file holds {listed(content)}")
    values = content[field]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiub":
        raise InvalidArchiveError(f"{file}: field {field!r}: expected numbers, found {type(values).__name__}")
    found = values[..., 0] if values.shape == (*shape, 1) else values
    if found.shape != shape or shape[0] == 0:
        raise InvalidArchiveError(f"{file}: field {field!r}: expected shape {shape}, found {values.shape}")
    if not np.all(np.isfinite(found)):
        raise InvalidArchiveError(f"{file}: field {field!r}: expected finite numbers, found NaN or infinity")
    return found


def _check(file: Path, field: str, is_right: bool, expected: str) -> None:
    if not is_right:
        raise InvalidArchiveError(f"{file}: field {field!r}: expected {expected}")


def _context(task: Task, level: int) -> int:
    """Returns the index of a level in the task's ``train`` split, or -1 if it is not there."""
    levels = [context["level"] for context in task.contexts("train")]
    return levels.index(level) if level in levels else -1


FORMAT = Format(
    name="gen_dgrl",
    summary="gen_dgrl's Procgen episodes (.npy or .npz), extracted: levels are kept.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
