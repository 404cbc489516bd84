"""Demonstrations in robomimic's HDF5 files, read as those of our robosuite tasks.

Known from robomimic's documentation and code: the layout (``data/demo_i`` with ``actions``, ``rewards``,
``obs``, ``next_obs`` and ``states``; ``mask/<key>`` lists demonstrations), ``env_args``, and that a row of
``obs`` is what its action answers. Measured: see `robomimic_objects`. Assumed: that a reward of 1 is the
success that our task means, as both ask robosuite. ``dones`` are not read: what they mean depends on how the
file was made, which it does not say. No published file was at hand: this was tested on files written here in
both layouts.

Where a file has ``obs``, ``state`` is put together from its named parts. Where it has only ``states``, each
is set in our simulation and observed anew; robosuite's own observations are a substep of 2 ms older than
their state, those are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.demonstrations import ForeignSet, Format, InvalidArchiveError
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.hdf5 import Hdf5File
from ilbench.plain_text import one_line
from ilbench.reading import listed, reading
from ilbench.tasks.manipulation.robosuite.robomimic_actions import ActionConvention, read_convention
from ilbench.tasks.manipulation.robosuite.robomimic_demo import Demo, Eye
from ilbench.tasks.manipulation.robosuite.robomimic_export import is_of_robosuite, write
from ilbench.tasks.manipulation.robosuite.robomimic_objects import ORDERS, named_observables
from ilbench.tasks.manipulation.robosuite.tasks import STATE_TASKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

VERSION = 1
"""Last part of the data sets' names. A change of what is read, or how, is a new version."""

QUALITIES = ("ph", "mh", "mg", "paired")
"""Names of robomimic's folders: proficient human, multi-human, machine-generated, good beside bad."""

DEMONSTRATION = re.compile(r"demo_\d{1,9}")
SUCCESS_REWARD = 1.0 - 1e-6
COMPOSITE_SINCE = (1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a file says about itself.

    Attributes:
        file: The file.
        key: Name of the filter key, or None for all demonstrations.
        env_name: The robosuite environment.
        version: Of robosuite, as far as the file tells.
        old: Whether it was observed by robosuite 1.4 or an earlier one.
        env_kwargs: How the environment was made.
        names: The demonstrations that are wanted, in order.
        observed: Whether it holds observations, and not states alone.
    """

    file: Path
    key: str | None
    env_name: str
    version: str
    old: bool
    env_kwargs: Mapping[str, Any]
    names: tuple[str, ...]
    observed: bool


def find_sets(path: Path, task_id: str | None = None) -> tuple[ForeignSet, ...]:
    """Returns the demonstrations in a file, for the task of ours that plays the file's environment.

    Args:
        path: The file; ``FILE#KEY`` for those that its filter key lists, such as ``low_dim.hdf5#better``.
        task_id: Only this task.

    Raises:
        InvalidArchiveError: It is none of robomimic's files, of another environment, or its actions mean
            something else than ours.
        UnknownNameError: There is no such task.
    """
    file, key = _split(path)
    source = _read_source(file, key)
    tasks = [find_task(task_id)] if task_id is not None else list(STATE_TASKS)
    tasks = [
        task for task in tasks if is_of_robosuite(task) and task.env_options["env_name"] == source.env_name
    ]
    if not tasks:
        wanted = f"{task_id} does not play" if task_id is not None else "no task of ours plays"
        raise InvalidArchiveError(f"{file}: a file of robosuite's {source.env_name!r}, which {wanted}")
    return tuple(_set_of(task, source) for task in tasks)


def _split(path: Path) -> tuple[Path, str | None]:
    """Returns the file, and the filter key after ``#``."""
    name, sharp, key = str(path).rpartition("#")
    file, chosen = (Path(name), key) if sharp and not path.exists() else (path, None)
    if file.is_dir():
        there = ", ".join(sorted(found.name for found in file.glob("*.hdf5"))) or "none"
        raise InvalidArchiveError(f"{file}: expected one HDF5 file, found a folder (with these: {there})")
    if not file.is_file():
        raise InvalidArchiveError(f"{file}: expected an HDF5 file of robomimic, found none")
    return file, chosen


def _read_source(file: Path, key: str | None) -> Source:
    with Hdf5File(file) as content:
        names = _demonstrations(content, file, key)
        observed = "obs" in content.kinds(f"data/{names[0]}")
        said = content.attribute("data", "env_args")
    with reading(file, "JSON with env_name and env_kwargs in the attribute 'env_args'"):
        args = json.loads(said if isinstance(said, str) else "")
        env_name, env_kwargs = str(args["env_name"]), dict(args["env_kwargs"])
    if args.get("type", args.get("env_type", 1)) != 1 or env_name not in ORDERS:
        raise InvalidArchiveError(
            f"{file}: field 'env_args': expected type 1 (robosuite) and one of {', '.join(ORDERS)}; found "
            f"type {listed([args.get('type')])} and {listed([env_name])}"
        )
    version = one_line(str(args.get("env_version", "")), 60)
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    composite = "body_parts" in str(env_kwargs.get("controller_configs"))
    old = tuple(map(int, numbers.groups())) < COMPOSITE_SINCE if numbers else not composite
    return Source(
        file=file,
        key=key,
        env_name=env_name,
        version=version or ("not stated, of a time before 1.5" if old else "not stated, since 1.5"),
        old=old,
        env_kwargs=env_kwargs,
        names=names,
        observed=observed,
    )


def _set_of(task: Task, source: Source) -> ForeignSet:
    convention = read_convention(source.env_kwargs, task.env_options["robots"], str(source.file))
    folder = [source.file.parent.name] if source.file.parent.name in QUALITIES else []
    words = ["robomimic", *folder, source.file.stem, *([source.key] if source.key else [])]
    how = (
        "put together from the file's named observations"
        if source.observed
        else "observed anew from its states"
    )
    return ForeignSet(
        task=task,
        name="-".join(re.findall(r"[a-z0-9]+", " ".join(words).lower())) + f"-v{VERSION}",
        files=(source.file,),
        read=lambda _: _read(task, source, convention),
        description=(
            f"From a robomimic file of {source.env_name} (robosuite {source.version}); state is {how}. "
            f"Actions there are deltas in the {convention.frame}'s frame, here in that of the arm's base. "
            "Success is a reward of 1, the file's own where it has rewards."
        ),
    )


def _demonstrations(content: Hdf5File, file: Path, key: str | None) -> tuple[str, ...]:
    """Returns the names of the demonstrations that are wanted, in the order of their numbers."""
    there = [name for name in content.kinds("data") if DEMONSTRATION.fullmatch(name)]
    if key is not None:
        keys = content.kinds("mask") if "mask" in content.kinds("") else {}
        if key not in keys:
            raise InvalidArchiveError(f"{file}: no filter key {key!r}; there are: {listed(keys)}")
        with reading(file, f"a list of demonstrations, the filter key {key!r}"):
            wanted = {name.decode() for name in content.array(f"mask/{key}").tolist()}
        if not wanted <= set(there):
            lost = listed(sorted(wanted - set(there)))
            raise InvalidArchiveError(f"{file}: filter key {key!r} names {lost}, not in 'data'")
        there = [name for name in there if name in wanted]
    if not there:
        raise InvalidArchiveError(f"{file}: no demonstration in it; expected data/demo_0, ...")
    return tuple(sorted(there, key=lambda name: int(name.partition("_")[2])))


def _read(task: Task, source: Source, convention: ActionConvention) -> Iterator[Trajectory]:
    """Yields the demonstrations of a file."""
    eye = Eye(task)
    try:
        with Hdf5File(source.file) as content:
            for name in source.names:
                demo = Demo(source.file, content, f"data/{name}")
                yield _trajectory(task, source, convention, demo, eye)
    finally:
        eye.close()


def _trajectory(task: Task, source: Source, convention: ActionConvention, demo: Demo, eye: Eye) -> Trajectory:
    actions = _actions(task, demo, "actions")
    wanted = _actions(task, demo, "expert_actions") if demo.has("expert_actions") else actions
    if demo.has("obs"):
        observations, rewards = _recorded(task, source, demo), demo.array("rewards")
    else:
        observations, rewards = eye.observe(demo)
        rewards = demo.array("rewards") if demo.has("rewards") else rewards
    rewards = rewards.reshape(-1)
    length = len(next(iter(observations.values()))) - 1
    succeeded = rewards >= SUCCESS_REWARD
    success = bool(succeeded.any() if task.success_rule == "ever" else succeeded[-1])
    return Trajectory(
        observations=observations,
        actions=convention.in_base_frame(actions)[:length],
        expert_actions=convention.in_base_frame(wanted)[:length],
        rewards=rewards[:length],
        success=success,
        terminated=success,
        mode=None,
        context=-1,
        seed=0,
    )


def _actions(task: Task, demo: Demo, name: str) -> NDArray[np.float64]:
    """Returns actions, of which some may lie beyond the limits: robosuite clips those itself.

    Raises:
        InvalidArchiveError: They are others than the task's: of another width, or most of them are beyond.
    """
    actions = demo.array(name)
    if actions.shape[1:] != task.action.shape:
        raise InvalidArchiveError(
            f"{demo.place}: field '{name}': expected {task.action.shape[0]} numbers, found {actions.shape}"
        )
    beyond = np.mean(np.abs(actions) > 1.0, axis=0)
    if beyond.max() > 0.5:
        raise InvalidArchiveError(
            f"{demo.place}: field '{name}': number {beyond.argmax()} is beyond [-1, 1] at most of the steps "
            f"({100 * beyond.max():.0f}%, up to {np.abs(actions).max():g}); absolute poses are not imported"
        )
    return actions


def _recorded(task: Task, source: Source, demo: Demo) -> dict[str, NDArray[Any]]:
    """Returns the task's fields, one row more than actions where the file knows what came of the last.

    Without ``next_obs`` the last action is left out: nothing says what came of it.
    """
    parts = [demo.observations("obs", task)]
    if demo.has("next_obs"):
        last = demo.observations("next_obs", task)
        parts.append({key: value[-1:] for key, value in last.items()})
    rows = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    numbers = {key: value.astype(np.float64) for key, value in rows.items() if value.dtype.kind == "f"}
    named = named_observables(source.env_name, numbers, old=source.old, place=demo.place)
    keys = task.env_options["keys"]
    missing = [key for key in keys if key not in named]
    if missing:
        raise InvalidArchiveError(
            f"{demo.place}: no observation named {', '.join(missing)}; there are {', '.join(sorted(named))}"
        )
    state = np.concatenate([named[key] for key in keys], axis=1, dtype=np.float32)
    fields = {"state": state, **{f.name: rows[f.name] for f in task.observation if f.name != "state"}}
    for field in task.observation:
        if fields[field.name].shape[1:] != field.shape:
            found = fields[field.name].shape[1:]
            raise InvalidArchiveError(f"{demo.place}: {field.name} of {found}, expected {field.shape}")
    return fields


FORMAT = Format(
    name="robomimic",
    summary="robomimic's HDF5 files of robosuite tasks: FILE, or FILE#KEY for a filter key.",
    find=find_sets,
    write=write,
)
"""For the entry-point group ``ilbench.formats``."""
