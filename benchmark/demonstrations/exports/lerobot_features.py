"""What each number of a demonstration is called in a LeRobotDataset.

| ours | there |
|---|---|
| all vectors of real numbers, one after the other in the task's order | ``observation.state`` |
| the same once more, where the task has no picture | ``observation.environment_state`` |
| a picture ``NAME`` | ``observation.images.NAME``, a video |
| any other field ``NAME`` | ``observation.NAME`` |
| the action, as it was executed | ``action`` |
| what the expert wanted, where noise was executed | ``expert_action`` |
| reward, end and success of each step | ``next.reward``, ``next.done``, ``next.success`` |

LeRobot's ACT and diffusion policies refuse to be trained without a picture or an
``observation.environment_state``: so a state of ours is both there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.demonstrations.exports.fields import is_image
from ilbench.demonstrations.formats import ExportError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.fields import Field
    from ilbench.contract.task import Task
    from ilbench.demonstrations.trajectory import Trajectory

VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of a LeRobotDataset, or one of its videos.

    Attributes:
        name: Its key.
        dtype: NumPy's name of its type, or `VIDEO`.
        shape: Of one row, at least one axis.
        names: Of the entries of a vector, or of the axes of a picture; None where there are none.
        rows: Returns what a demonstration of T steps holds, shape ``(T, *shape)``.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    names: tuple[str, ...] | None
    rows: Callable[[Trajectory], NDArray[Any]]

    @property
    def is_video(self) -> bool:
        """Whether its rows are the pictures of a video, and no column."""
        return self.dtype == VIDEO


def features_of(task: Task, *, with_labels: bool) -> tuple[Feature, ...]:
    """Returns the features of a task's demonstrations, in the order of the table above.

    Args:
        task: The task.
        with_labels: Whether what the expert wanted is told beside what was executed.

    Raises:
        ExportError: Two fields would have the same name.
    """
    fields = task.observation
    vectors = [f for f in fields if len(f.shape) == 1 and np.dtype(f.dtype).kind == "f"]
    pictures = [f for f in fields if is_image(f)]
    found = [_vectors("observation.state", vectors)] if vectors else []
    if vectors and not pictures:
        found.append(_vectors("observation.environment_state", vectors))
    found += [_picture(f) for f in pictures]
    found += [_other(f) for f in fields if f not in vectors and f not in pictures]
    found += [*_actions(task, with_labels), *_outcomes()]
    names = [feature.name for feature in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or any("/" in name for name in names):
        raise ExportError(f"{task.id}: names that LeRobot cannot hold: {', '.join(twice or names)}")
    return tuple(found)


def _vectors(name: str, fields: list[Field]) -> Feature:
    parts = [
        _entries(f) if len(fields) == 1 else [f"{f.name}.{entry}" for entry in _entries(f)] for f in fields
    ]
    return Feature(
        name=name,
        dtype="float32",
        shape=(sum(f.shape[0] for f in fields),),
        names=tuple(entry for part in parts for entry in part),
        rows=lambda t: np.concatenate(
            [t.observations[f.name][:-1] for f in fields], axis=1, dtype=np.float32
        ),
    )


def _entries(field: Field) -> list[str]:
    return list(field.components) or [str(number) for number in range(field.shape[0])]


def _picture(field: Field) -> Feature:
    return Feature(
        name=f"observation.images.{field.name}",
        dtype=VIDEO,
        shape=field.shape,
        names=("height", "width", "channels"),
        rows=lambda t: t.observations[field.name][:-1],
    )


def _other(field: Field) -> Feature:
    return Feature(
        name=f"observation.{field.name}",
        dtype=field.dtype,
        shape=field.shape or (1,),
        names=field.components or None,
        rows=lambda t: t.observations[field.name][:-1].reshape(-1, *(field.shape or (1,))),
    )


def _actions(task: Task, with_labels: bool) -> list[Feature]:
    shape = task.action.shape or (1,)
    kind = "float32" if task.action.num_actions is None else "int64"
    names = task.action.components or None

    def feature(name: str, read: Callable[[Trajectory], NDArray[Any]]) -> Feature:
        return Feature(
            name=name,
            dtype=kind,
            shape=shape,
            names=names,
            rows=lambda t: read(t).astype(kind).reshape(-1, *shape),
        )

    wanted = [feature("expert_action", lambda t: t.expert_actions)] if with_labels else []
    return [feature("action", lambda t: t.actions), *wanted]


def _outcomes() -> list[Feature]:
    def at_the_end(trajectory: Trajectory) -> NDArray[Any]:
        return np.equal(np.arange(len(trajectory))[:, None], len(trajectory) - 1)

    return [
        Feature(
            name="next.reward",
            dtype="float32",
            shape=(1,),
            names=None,
            rows=lambda t: t.rewards.astype(np.float32)[:, None],
        ),
        Feature(name="next.done", dtype="bool", shape=(1,), names=None, rows=at_the_end),
        Feature(
            name="next.success",
            dtype="bool",
            shape=(1,),
            names=None,
            rows=lambda t: at_the_end(t) & t.success,
        ),
    ]
