"""D3IL's own demonstrations: what people recorded with a game-pad, read from the authors' archive.

One pickle a demonstration: ``robot`` (``des_c_pos``, ``c_pos``, ``des_j_pos``, ``j_pos``,
``gripper_width``, ...) and one entry an object (``pos`` (T, 3) in m, ``quat`` (T, 4)), one row a control
step. Known from D3IL's loaders: names, and that the action of row t is the commanded position of row t + 1
less that of row t (stacking: joints, with the gripper's width of row t + 1). Assumed: that a row holds what
was commanded and measured at one instant; that quaternions begin with w, as in MuJoCo; of Inserting, for
which D3IL has no loader, that the cubes are called as in Stacking; of Stacking, where only one width is
logged, that it stands for the commanded and the measured one, and that an object within 50 mm of a gripper
at most 60 mm wide is held. The archive itself (17.7 GB) was not at hand: this was tested on our own
demonstrations in its layout.

Success and mode of a demonstration are what the task's own rules say of the logged poses. D3IL records no
contacts, so none with a cylinder is known of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    Kind(task="inserting", folder="inserting", objects=THREE_BOXES),
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
    log = _Log(file, load_plain(file))
    axes = task.action.shape[0]
    commanded, measured = (
        (log.robot("des_j_pos", NUM_JOINTS), log.robot("j_pos", NUM_JOINTS))
        if axes > NUM_JOINTS
        else (log.robot("des_c_pos", 3)[:, :axes], log.robot("c_pos", 3)[:, :axes])
    )
    actions = np.diff(commanded, axis=0)
    tool, width = log.robot("c_pos", 3), None
    if axes > NUM_JOINTS:
        width = log.robot("gripper_width", 1)
        commanded, measured = np.hstack([commanded, width]), np.hstack([measured, width])
        actions = np.hstack([actions, width[1:]])
    poses = [log.poses(name) for name in kind.objects]
    situations = list(_situations(tool, poses, width, 1.0 / (task.control_hz or 1.0)))
    context = dict(task.contexts("train")[0])
    if poses:
        context["objects"] = [_flat(Pose(*track[0].tolist())) for track in poses]
    if kind.target is not None:
        context["target"] = _flat(Pose(*log.poses(kind.target)[0].tolist()))
    features, success_at, mode = _judged(task, kind, context, situations)
    state = np.hstack([commanded, measured, features]).astype(np.float32)
    field = task.observation[0]
    if state.shape[1:] != field.shape:
        raise InvalidArchiveError(f"{file}: a state of {state.shape[1]} numbers, expected {field.shape[0]}")
    rewards = np.zeros(len(actions))
    if success_at is not None:
        rewards[success_at - 1] = 1.0
    yield Trajectory(
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


class _Log:
    """The content of a file, looked at field by field.

    Args:
        file: For messages.
        content: What the pickle held.
    """

    def __init__(self, file: Path, content: Any) -> None:
        self._file = file
        self._content = content
        self._length: int | None = None
        if not isinstance(content, dict):
            raise InvalidArchiveError(
                f"{file}: expected a demonstration (a dictionary with 'robot'), found a "
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
                f"{self._file}: field '{name}.quat': expected quaternions of length 1, found "
                f"{lengths.min():g} to {lengths.max():g}"
            )
        return np.hstack([self._array(name, "pos", 3), quaternions / lengths])

    def _array(self, part: str, name: str, width: int) -> NDArray[np.float64]:
        place = f"{self._file}: field '{part}.{name}'"
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
    tool: NDArray[np.float64],
    poses: Sequence[NDArray[np.float64]],
    width: NDArray[np.float64] | None,
    period_s: float,
) -> Iterator[Situation]:
    """Yields where everything was in each row, as far as it was logged."""
    for row, position in enumerate(tool):
        closed = width is not None and width[row, 0] <= RELEASED_M
        yield Situation(
            tool=(float(position[0]), float(position[1]), float(position[2])),
            objects=[Pose(*track[row].tolist()) for track in poses],
            held=[bool(closed and np.linalg.norm(track[row, :3] - position) < HELD_M) for track in poses],
            moving=[_speed(track[max(row - 1, 0)], track[row], period_s) for track in poses],
        )


def _speed(before: NDArray[np.float64], now: NDArray[np.float64], period_s: float) -> float:
    """Returns how fast an object moved between two rows, m/s."""
    turned = 2 * np.arccos(min(abs(float(before[3:] @ now[3:])), 1.0))
    return max(float(np.linalg.norm(now[:3] - before[:3])), SPIN_LEVER_M * float(turned)) / period_s


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
