"""D3IL's own demonstrations: what people recorded with a game-pad, read from the authors' archive.

One pickle a demonstration: ``robot`` (``des_c_pos``, ``c_pos``, ``des_j_pos``, ``j_pos``,
``gripper_width``, ...) and one entry an object (``pos`` (T, 3) in m, ``quat`` (T, 4)), one row a control
step. Measured on all 96 files of Avoiding and four of Inserting: row k holds command k, and where everything
was before it acted; before the first command the set-point is where the tool is. So what a policy sees in row
k is the command of row k - 1 beside the positions of row k, its action is the difference of these two
commands, and the effect of the last command is not recorded. (D3IL's own loaders show command k beside
the positions of row k, which no policy ever sees, and take the next difference.) Assumed: that the other
tasks are logged alike; of Stacking (joints, with the gripper's width of row k + 1), where only one width is
logged, that it stands for the commanded and the measured one, and that an object within 50 mm of a gripper at
most 60 mm wide is held. The whole archive (17.7 GB) was not at hand.

Success and mode of a demonstration are what the task's own rules say of the logged poses. D3IL records no
contacts, so none with a cylinder is known of. Rows after the success stay: people do not stop at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.incoming import NOT_FINITE, is_finite
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.demonstrations.unpickling import load_plain
from ilbench.importing import load_object
from ilbench.reading import listed
from ilbench.tasks.d3il.layout import Pose, Rules, Situation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context, Task

NAME = "d3il-human-v1"
"""Last part of the data sets' ids. A change of what is read, or how, is a new version."""

NO_DEMONSTRATION = re.compile(r".*(_files.*|contexts|mode_prob|all_modes)\.pkl")
"""Names of the other pickles in the archive: lists of file names, contexts, mode frequencies."""

Rows: TypeAlias = "NDArray[np.float64]"
"""One row a control step."""

NUM_JOINTS = 7
HELD_M = 0.05
RELEASED_M = 0.06
"""A gripper that is wider touches none of the objects, which are 60 mm wide."""

SPIN_LEVER_M = 0.05
"""A turning object moves as fast as a point so far from its axis, as in the environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a task's demonstrations lie in the archive.

    Attributes:
        task: The task's name, without suite and version.
        folder: Where they are, below the archive.
        objects: What D3IL calls the objects, in the order of the task's layout.
        target: What it calls the body whose pose is a context's target, if there is one.
        rules: Import string of the task's rules, where its environment does not name them.
    """

    task: str
    folder: str
    objects: tuple[str, ...] = ()
    target: str | None = None
    rules: str = ""


def _sorting(count: int) -> Kind:
    names = tuple(f"{color}-box{number}" for color in ("red", "blue") for number in range(1, count // 2 + 1))
    return Kind(task=f"sorting-{count}", folder=f"sorting/{count}_boxes", objects=names)


THREE_BOXES = ("red-box", "green-box", "blue-box")
KINDS = (
    Kind(task="avoiding", folder="avoiding", rules="ilbench.tasks.d3il.avoiding:Avoiding"),
    Kind(task="aligning", folder="aligning", objects=("push-box",), target="target-box"),
    Kind(task="pushing", folder="pushing", objects=("red-box", "green-box")),
    *(_sorting(count) for count in (2, 4, 6)),
    *(Kind(task=f"stacking-{level}", folder="stacking", objects=THREE_BOXES) for level in (1, 2, 3)),
    Kind(task="inserting", folder="inserting", objects=tuple(f"box-{number}" for number in (1, 2, 3))),
)


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in the extracted archive, or in a folder of it.

    Args:
        path: The archive, or the folder of one task.
        task_id: Only this task; its folder may then have any name.

    Raises:
        InvalidArchiveError: There are none; says what was looked for.
        UnknownNameError: There is no such task.
    """
    from ilbench.tasks.d3il import TASKS

    if not path.is_dir():
        raise InvalidArchiveError(f"{path}: expected the folder of the extracted D3IL archive, found none")
    tasks = TASKS if task_id is None else (find_task(task_id),)
    kinds = {kind.task: kind for kind in KINDS}
    sets = []
    for task in tasks:
        kind = kinds.get(task.id.partition("/")[2].rpartition("-")[0])
        folder = None if kind is None else _folder(path, kind.folder)
        if kind is not None and folder is None and task_id is not None:
            folder = path
        if kind is not None and folder is not None:
            sets.append(_set_of(task, kind, folder))
    if not sets:
        folders = ", ".join(dict.fromkeys(kind.folder for kind in KINDS))
        raise InvalidArchiveError(
            f"{path}: no folder of a D3IL task; expected {folders} in it, or one of them, or --task ID with "
            "the folder of that task (image tasks cannot be imported)"
        )
    return tuple(sets)


def _folder(path: Path, wanted: str) -> Path | None:
    """Returns the folder `wanted`, such as ``sorting/2_boxes``, below `path` or beginning with its end."""
    parts = tuple(wanted.split("/"))
    for cut in range(len(parts) + 1):
        there = path.joinpath(*parts[cut:])
        if path.resolve().parts[-cut or len(path.resolve().parts) :] == parts[:cut] and there.is_dir():
            return there
    return None


def _set_of(task: Task, kind: Kind, folder: Path) -> ForeignSet:
    root = folder / "all_data" if (folder / "all_data").is_dir() else folder
    files = [
        file
        for file in root.rglob("*.pkl")
        if not NO_DEMONSTRATION.fullmatch(file.name) and "images" not in file.relative_to(root).parts
    ]
    if not files:
        raise InvalidArchiveError(f"{folder}: no demonstration in it; expected one *.pkl file for each")
    return ForeignSet(
        task=task,
        name=NAME,
        files=tuple(sorted(files, key=_natural)),
        read=lambda file: _read(file, task, kind),
        description=(
            "Recorded by people with a game-pad for D3IL (arXiv 2402.14606), in D3IL's own simulation. "
            "Success and mode are what this task's rules say of the logged poses; contacts were not logged."
        ),
    )


def _natural(file: Path) -> list[tuple[int, str]]:
    return [(int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", file.as_posix())]


def _read(file: Path, task: Task, kind: Kind) -> Iterator[Trajectory]:
    """Yields the one demonstration in a file."""
    yield read_log(file, load_plain(file), task, kind)


def read_log(place: Path | str, content: Any, task: Task, kind: Kind) -> Trajectory:
    """Returns the demonstration that a log holds.

    Args:
        place: Where it was read, for messages.
        content: As the module says of a pickle.
        task: The task.
        kind: How its demonstrations lie in the archive.

    Raises:
        InvalidArchiveError: A field is missing or holds something else.
    """
    log = _Log(place, content)
    axes = task.action.shape[0]
    if axes > NUM_JOINTS:
        width = log.robot("gripper_width", 1)
        before, measured, moves = _commands(
            log.robot("des_j_pos", NUM_JOINTS), log.robot("j_pos", NUM_JOINTS)
        )
        before, measured = np.hstack([before, width]), np.hstack([measured, width])
        actions = np.hstack([moves, width[1:]])
    else:
        width = None
        before, measured, actions = _commands(
            log.robot("des_c_pos", 3)[:, :axes], log.robot("c_pos", 3)[:, :axes]
        )
    poses = [log.poses(name) for name in kind.objects]
    situations = list(_situations(log.robot("c_pos", 3), poses, width, 1.0 / (task.control_hz or 1.0)))
    context = dict(task.contexts("train")[0])
    if poses:
        context["objects"] = [_flat(Pose(*track[0].tolist())) for track in poses]
    if kind.target is not None:
        context["target"] = _flat(Pose(*log.poses(kind.target)[0].tolist()))
    features, success_at, mode = _judged(task, kind, context, situations)
    state = np.hstack([before, measured, features]).astype(np.float32)
    field = task.observation[0]
    if state.shape[1:] != field.shape:
        raise InvalidArchiveError(f"{place}: a state of {state.shape[1]} numbers, expected {field.shape[0]}")
    rewards = np.zeros(len(actions))
    if success_at is not None:
        rewards[success_at - 1] = 1.0
    return Trajectory(
        observations={field.name: state},
        actions=actions.astype(np.float32),
        expert_actions=actions.astype(np.float32),
        rewards=rewards,
        success=success_at is not None,
        terminated=success_at is not None,
        mode=mode,
        context=-1,
        seed=0,
    )


def _commands(commanded: Rows, measured: Rows) -> tuple[Rows, Rows, Rows]:
    """Returns the command that was in force before each row, what was measured there, and the actions."""
    before = np.vstack([measured[:1], commanded[:-1]])
    return before, measured, (commanded - before)[:-1]


class _Log:
    """The content of a file, looked at field by field.

    Args:
        place: For messages.
        content: What the pickle held.
    """

    def __init__(self, place: Path | str, content: Any) -> None:
        self._place = place
        self._content = content
        self._length: int | None = None
        if not isinstance(content, dict):
            raise InvalidArchiveError(
                f"{place}: expected a demonstration (a dictionary with 'robot'), found a "
                f"{type(content).__name__}"
            )

    def robot(self, name: str, width: int) -> NDArray[np.float64]:
        """Returns a field of the robot, shape (T, width)."""
        return self._array("robot", name, width)

    def poses(self, name: str) -> NDArray[np.float64]:
        """Returns the poses of an object, shape (T, 7), quaternions of length 1."""
        quaternions = self._array(name, "quat", 4)
        lengths = np.linalg.norm(quaternions, axis=1, keepdims=True)
        if np.any(np.abs(lengths - 1.0) > 0.01):
            raise InvalidArchiveError(
                f"{self._place}: field '{name}.quat': expected quaternions of length 1, found "
                f"{lengths.min():g} to {lengths.max():g}"
            )
        return np.hstack([self._array(name, "pos", 3), quaternions / lengths])

    def _array(self, part: str, name: str, width: int) -> NDArray[np.float64]:
        place = f"{self._place}: field '{part}.{name}'"
        entry = self._content.get(part)
        if not isinstance(entry, dict) or name not in entry:
            where, there = (f"'{part}'", entry) if isinstance(entry, dict) else ("the file", self._content)
            raise InvalidArchiveError(f"{place} is missing; {where} holds {listed(there)}")
        values = entry[name]
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
            raise InvalidArchiveError(f"{place}: expected an array of numbers, found {type(values).__name__}")
        rows = values[:, None] if width == 1 and values.ndim == 1 else values
        length = self._length if self._length is not None else len(rows) if rows.ndim else 0
        if rows.shape != (length, width) or length < 2:
            wanted = f"({self._length or 'T, at least 2'}, {width})"
            raise InvalidArchiveError(f"{place}: expected shape {wanted}, found {values.shape}")
        if not is_finite(rows):
            raise InvalidArchiveError(f"{place}: {NOT_FINITE}")
        self._length = length
        return rows.astype(np.float64)


def _judged(
    task: Task, kind: Kind, context: Context, situations: Sequence[Situation]
) -> tuple[NDArray[np.float64], int | None, int | None]:
    """Returns what the task's rules make of a log: features (T, ...), the row of success, the mode."""
    rules: Rules = load_object(kind.rules or task.env_options["rules"])()
    rules.reset(context, situations[0])
    features = [rules.features(situations[0])]
    success_at = None
    for row, situation in enumerate(situations[1:], start=1):
        rules.update(situation)
        features.append(rules.features(situation))
        if rules.success and success_at is None:
            success_at = row
    return np.array(features).reshape(len(situations), -1), success_at, rules.mode


def _situations(
    tool: Rows, poses: Sequence[Rows], width: Rows | None, period_s: float
) -> Iterator[Situation]:
    """Yields where everything was in each row, as far as it was logged."""
    speeds = [_speeds(track, period_s).tolist() for track in poses]
    near = [np.linalg.norm(track[:, :3] - tool, axis=1) < HELD_M for track in poses]
    closed = np.zeros(len(tool), bool) if width is None else width[:, 0] <= RELEASED_M
    held = [(is_near & closed).tolist() for is_near in near]
    tracks = [track.tolist() for track in poses]
    for row, (x, y, z) in enumerate(tool.tolist()):
        yield Situation(
            tool=(x, y, z),
            objects=[Pose(*track[row]) for track in tracks],
            held=[each[row] for each in held],
            moving=[each[row] for each in speeds],
        )


def _speeds(track: Rows, period_s: float) -> NDArray[np.float64]:
    """Returns how fast an object moved into each row from the one before, m/s; 0 in the first."""
    moved = np.linalg.norm(np.diff(track[:, :3], axis=0), axis=1)
    turned = 2 * np.arccos(np.minimum(np.abs(np.sum(track[:-1, 3:] * track[1:, 3:], axis=1)), 1.0))
    speeds: NDArray[np.float64] = np.append(0.0, np.maximum(moved, SPIN_LEVER_M * turned)) / period_s
    return speeds


def _flat(pose: Pose) -> list[float]:
    """Returns x, y and yaw."""
    sine, cosine = pose.heading
    return [pose.x, pose.y, float(np.arctan2(sine, cosine))]


FORMAT = Format(
    name="d3il",
    summary="D3IL's human demonstrations (states): the extracted archive, or the folder of one task.",
    find=find_sets,
)
"""For the entry-point group ``ilbench.formats``."""
