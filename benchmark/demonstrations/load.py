"""Demonstrations for training: loaded from the cache, checked, as trajectories or as windows."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from ilbench.contract.registry import find_task
from ilbench.contract.task import Task, installed_version
from ilbench.demonstrations import store
from ilbench.demonstrations.downloads import load_downloads
from ilbench.demonstrations.generate import Progress, generate
from ilbench.demonstrations.recipe import Dials, Imported, Recipe, make_recipe, standard_recipe
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.demonstrations.windows import Windows
from ilbench.errors import ILBenchError


class MissingDemonstrationsError(ILBenchError):
    """Demonstrations that have not been generated yet."""


class StaleDemonstrationsError(ILBenchError):
    """Demonstrations in the cache that belong to another state of the task."""


class DemonstrationsDriftWarning(UserWarning):
    """Intact demonstrations that differ from the ones this project published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstrations:
    """The demonstrations of a task.

    Attributes:
        task: The task.
        recipe: The dials they were made with, or the name under which they were imported.
        trajectories: In order; an expert's have all succeeded, imported ones as far as they say so.
        checksum: Digest of their content.
        metadata: What was noted when they were made: spec digest, package versions, modes, retries; see
            `ilbench.demonstrations.store.Notes`.
        folder: The Minari data set.
    """

    task: Task
    recipe: Recipe | Imported
    trajectories: tuple[Trajectory, ...]
    checksum: str
    metadata: store.Notes
    folder: Path

    def __len__(self) -> int:
        """The number of demonstrations."""
        return len(self.trajectories)

    @property
    def name(self) -> str:
        """The name of the data set among those of its task, as `load_demonstrations` takes it."""
        return self.folder.name

    @property
    def num_steps(self) -> int:
        """Control steps of all demonstrations together."""
        return sum(map(len, self.trajectories))

    @property
    def mode_counts(self) -> dict[int, int]:
        """How many demonstrations show each mode, by mode; undecided ones are left out."""
        modes = Counter(t.mode for t in self.trajectories if t.mode is not None)
        return dict(sorted(modes.items()))

    def windows(self, history: int = 1, chunk: int = 1, procedure: Sequence[str] = ()) -> Windows:
        """Returns one training example for each control step, see `Windows`."""
        return Windows(self.trajectories, history, chunk, procedure)


def load_demonstrations(
    task: Task | str, *, cache: Path | None = None, source: str | None = None, **dials: Unpack[Dials]
) -> Demonstrations:
    """Returns demonstrations from the cache; dials that are None are the task's own.

    Args:
        task: A task, its id, or the import string of one.
        cache: Folder instead of ``$ILBENCH_HOME`` or ``~/.cache/ilbench``.
        source: Name of a data set of the task, imported or generated, such as ``"d3il-human-v1"`` or
            ``"expert-1c2d3e4f-v1"``; the dials then mean nothing.
        **dials: See `ilbench.demonstrations.Dials`.

    Raises:
        MissingDemonstrationsError: They have not been generated or imported; the message has the command.
        StaleDemonstrationsError: They were made for another state of the task or its packages.
        CorruptFileError: They have changed on disk.
        InvalidRecipeError: The task cannot give such demonstrations.
        UnknownNameError: The task has no such expert.
    """
    task = find_task(task) if isinstance(task, str) else task
    if source is not None:
        return _load(task, store.origin(task, source, cache), cache)
    return _load(task, make_recipe(task, **dials), cache)


def ensure_demonstrations(
    task: Task | str,
    *,
    cache: Path | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **dials: Unpack[Dials],
) -> Demonstrations:
    """Returns demonstrations from the cache, after generating them if there are none.

    Damaged or stale ones are an error, as in `load_demonstrations`: only `overwrite` replaces them.

    Args:
        task: See `load_demonstrations`; so for `cache` and the dials.
        cache: Folder instead of the default.
        workers: Processes, None for one a CPU; see `generate`.
        overwrite: Generate in any case and replace what is there.
        progress: Called as ``progress(done, total)`` after each demonstration generated.
        **dials: See `ilbench.demonstrations.Dials`.

    Raises:
        DemonstrationError: The expert failed too often, or something broke under it.
        StorageError: The data set could not be written.
    """
    task = find_task(task) if isinstance(task, str) else task
    recipe = make_recipe(task, **dials)
    if overwrite or not store.dataset_folder(task, recipe, cache).exists():
        with closing(generate(task, recipe, workers=workers, progress=progress)) as stream:
            trajectories = tuple(stream)
        store.save(task, recipe, trajectories, cache=cache, overwrite=overwrite)
    return _load(task, recipe, cache)


def _downloads_of(task: Task) -> str:
    """Returns the commands that fetch demonstrations of a task, as the end of a sentence, or nothing."""
    having = [
        name for name, one in load_downloads().items() if any(part.task == task.id for part in one.parts)
    ]
    return "".join(f", or ilbench demos download {name} --task {task.id}" for name in having)


def _load(task: Task, recipe: Recipe | Imported, cache: Path | None) -> Demonstrations:
    folder = store.dataset_folder(task, recipe, cache)
    command = recipe.command(task)
    if not folder.exists():
        there = sorted(path.name for path in folder.parent.glob("*") if path.is_dir())
        others, dials = "", ""
        if isinstance(recipe, Imported):
            others = f" (there are: {', '.join(there)})" if there else ""
            dials = f", or ilbench demos {task.id} with the dials that gave the name{_downloads_of(task)}"
        raise MissingDemonstrationsError(
            f"no demonstrations of {task.id} in {folder}{others}; run: {command}{dials}"
        )
    remedy = f"generate them again with: {command} --overwrite"
    trajectories, notes = store.load(folder, remedy)
    _check_fresh(task, recipe, notes, folder, remedy)
    demonstrations = Demonstrations(
        task=task,
        recipe=recipe,
        trajectories=trajectories,
        checksum=notes["checksum"],
        metadata=notes,
        folder=folder,
    )
    _warn_of_drift(demonstrations, remedy)
    return demonstrations


def _check_fresh(
    task: Task, recipe: Recipe | Imported, notes: store.Notes, folder: Path, remedy: str
) -> None:
    """Raises `StaleDemonstrationsError` unless the data set was made for this very task and recipe."""
    compared = {
        "task": (notes["task"], task.id),
        "recipe": (notes["recipe"], recipe.as_json()),
        "spec_digest": (notes["spec_digest"], task.spec_digest()),
    }
    for name, (found, expected) in compared.items():
        if found != expected:
            changes = _changes(notes["packages"], {p: installed_version(p) for p in task.packages})
            raise StaleDemonstrationsError(
                f"{folder}: made for another state of {task.id}: {name} {found}, expected {expected}"
                f"{changes}; {remedy}"
            )


def _warn_of_drift(demonstrations: Demonstrations, remedy: str) -> None:
    task = demonstrations.task
    published = task.demonstrations_checksum()
    standard = demonstrations.recipe == standard_recipe(task)
    if not standard or published is None or published == demonstrations.checksum:
        return
    changes = _changes(task.golden().get("packages", {}), demonstrations.metadata["packages"])
    warnings.warn(
        f"the demonstrations of {task.id} are intact but not the published ones (checksum"
        f" {demonstrations.checksum}, published {published}){changes or ', with the same package versions'};"
        f" if an older state of this project made them, {remedy}",
        DemonstrationsDriftWarning,
        stacklevel=4,
    )


def _changes(then: Mapping[str, str | None], now: Mapping[str, str | None]) -> str:
    """Returns `` (mujoco 3.3.0 -> 3.4.0)`` for the packages whose version differs, or nothing."""
    names = [name for name in then if then[name] != now.get(name)]
    return f" ({', '.join(f'{name} {then[name]} -> {now.get(name)}' for name in names)})" if names else ""
