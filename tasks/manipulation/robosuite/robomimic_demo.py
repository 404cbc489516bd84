"""One demonstration in a robomimic file: its fields, checked, or its simulator states, observed anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from ilbench.demonstrations import InvalidArchiveError
from ilbench.demonstrations.incoming import is_finite
from ilbench.hdf5 import Hdf5File
from ilbench.reading import listed
from ilbench.tasks.manipulation.robosuite.robomimic_objects import VECTOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task


class Demo:
    """One demonstration, looked at field by field.

    Args:
        file: For messages.
        content: The open file.
        group: Its group in there.
    """

    def __init__(self, file: Path, content: Hdf5File, group: str) -> None:
        self.place = f"{file}: /{group}"
        self.model_file = str(content.attribute(group, "model_file") or "")
        self._content = content
        self._group = group
        self._fields = content.kinds(group)
        self._length: int | None = None

    def has(self, name: str) -> bool:
        """Returns whether there is such a field or group."""
        return name in self._fields

    def array(self, name: str) -> NDArray[np.float64]:
        """Returns a field of numbers, one row a step; all fields have as many."""
        rows = self._rows(name)
        if rows.dtype.kind not in "fiub" or not is_finite(rows):
            raise InvalidArchiveError(f"{self.place}: field '{name}': expected finite numbers")
        return rows.astype(np.float64)

    def observations(self, group: str, task: Task) -> dict[str, NDArray[Any]]:
        """Returns what is needed of ``obs`` or ``next_obs``: hands, objects, and the task's own fields."""
        wanted = {VECTOR, *task.env_options["keys"], *(f.name for f in task.observation)}
        found = {}
        for key in self._content.kinds(f"{self._group}/{group}"):
            if key in wanted or re.fullmatch(r"robot\d_(eef_pos|eef_quat|gripper_qpos)", key):
                path = f"{group}/{key}"
                rows = self._rows(path)
                found[key] = rows if rows.dtype == np.uint8 else self.array(path)
        lost = [f.name for f in task.observation if f.name != "state" and f.name not in found]
        if lost:
            raise InvalidArchiveError(f"{self.place}: no {group}/{', '.join(lost)}, which {task.id} shows")
        return found

    def _rows(self, name: str) -> NDArray[Any]:
        if name.partition("/")[0] not in self._fields:
            held = listed(self._fields)
            raise InvalidArchiveError(f"{self.place}: field '{name}' is missing; there is {held}")
        rows = self._content.array(f"{self._group}/{name}")
        length = self._length if self._length is not None else len(rows) if rows.ndim else 0
        if rows.ndim == 0 or len(rows) != length or length < 2:
            wanted = self._length or "at least 2"
            raise InvalidArchiveError(
                f"{self.place}: field '{name}': expected {wanted} rows, found {rows.shape}"
            )
        self._length = length
        return rows


class Eye:
    """Sees simulator states as a task does; the simulation is made when it is first needed.

    Args:
        task: The task.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._env: Any = None

    def observe(self, demo: Demo) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
        """Returns what the task shows of each state, and 1 or 0 for each but the first: is it a success?

        Raises:
            InvalidArchiveError: The states are of another model.
            MissingPackageError: The simulator is not installed.
        """
        if tuple(f.name for f in self._task.observation) != ("state",):
            raise InvalidArchiveError(f"{demo.place}: no 'obs', which {self._task.id} needs for its pictures")
        if self._env is None:
            self._env = self._task.make_env().unwrapped
            self._env.reset(options={"context": self._task.contexts("train")[0]})
        sim = self._env.sim_env.sim
        states = demo.array("states")
        size = 1 + sim.model.nq + sim.model.nv
        if states.shape[1:] != (size,):
            raise InvalidArchiveError(
                f"{demo.place}: field 'states': expected {size} numbers, found {states.shape}"
            )
        _check_joints(demo, [sim.model.joint_id2name(index) for index in range(sim.model.njnt)])
        seen, rewards = [], []
        for state in states:
            sim.set_state_from_flattened(state)
            sim.forward()
            seen.append(np.concatenate(list(self._env.observables().values()), dtype=np.float32))
            rewards.append(float(self._env.sim_env._check_success()))
        return {"state": np.stack(seen)}, np.array(rewards[1:])

    def close(self) -> None:
        """Frees the simulation, if there is one."""
        if self._env is not None:
            self._env.close()


def _check_joints(demo: Demo, ours: list[str]) -> None:
    """Raises `InvalidArchiveError` unless the recorded model has our joints in our order."""
    if not demo.model_file:
        return
    try:
        tree = ElementTree.fromstring(demo.model_file)
    except ElementTree.ParseError as error:
        raise InvalidArchiveError(f"{demo.place}: attribute 'model_file' is no XML: {error}") from error
    world = tree.find("worldbody")
    joints = (
        [] if world is None else [e.get("name", "") for e in world.iter() if e.tag in ("joint", "freejoint")]
    )
    theirs, mine = ([re.sub(r"(gripper\d_)(right|left)_", r"\1", j) for j in side] for side in (joints, ours))
    if theirs != mine:
        raise InvalidArchiveError(
            f"{demo.place}: attribute 'model_file': its joints are {listed(theirs)}; "
            f"expected {', '.join(mine)}"
        )
