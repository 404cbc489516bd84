"""Demonstrations on disk: a Minari data set a folder, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import h5py
import numpy as np
from minari.dataset.minari_storage import METADATA_FILE_NAME, MinariStorage

from ilbench.contract.environment import observation_space
from ilbench.contract.fields import Field
from ilbench.contract.gymnasium_ids import env_spec
from ilbench.contract.task import Task, installed_version
from ilbench.demonstrations.recipe import Imported, Recipe, dataset_id, standard_recipe
from ilbench.demonstrations.trajectory import Trajectory, checksum
from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError, StorageError
from ilbench.hdf5_server import array_in, attribute_in, names_in
from ilbench.home import cache_folder
from ilbench.reading import listed, open_regular, read_bytes, reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAYS_FILE = "main_data.hdf5"
GZIP_LEVEL = 1
FACTS = ("success", "terminated", "mode", "context", "seed", "num_retries")
MAX_NOTES_BYTES = 2**26
MAX_ARRAYS_BYTES = 2**40
PROCEDURE = "infos/procedure/"
IMAGE_NDIM = 4
"""Minari takes uint8 fields of up to three axes for images and stores them as JPEG, which is lossy. Leading
axes of length 1 keep it from doing so."""


class Source(TypedDict):
    """Where imported demonstrations come from.

    Attributes:
        format: Name of the format.
        description: What they are, and what was assumed in reading them.
        digest: Of the names and contents of the files.
        num_files: How many were read.
        num_skipped: How many could not be.
        skipped: Why, for the first of them.
        num_clipped: At how many steps the executed action lay beyond the task's limits, and was clipped to
            them; absent from older imports.
    """

    format: str
    description: str
    digest: str
    num_files: int
    num_skipped: int
    skipped: list[str]
    num_clipped: NotRequired[int]


class Notes(TypedDict):
    """What is noted about a data set when it is written.

    Attributes:
        task: Task id.
        spec_digest: Of the task as it was.
        recipe: As `Recipe.as_json` or `Imported.as_json` say it.
        shapes: Of each observation field, as the task declares it.
        checksum: Of the trajectories.
        modes: How many demonstrations show each mode, by its index as text.
        num_successful: How many succeed.
        num_retries: Failed attempts of all.
        packages: Version of each package of the task; None where it is missing.
        version: Of this project.
        file_digest: Of the file of arrays.
        source: Where they come from, if they were imported.
    """

    task: str
    spec_digest: str
    recipe: dict[str, Any]
    shapes: dict[str, list[int]]
    checksum: str
    modes: dict[str, int]
    num_successful: int
    num_retries: int
    packages: dict[str, str | None]
    version: str
    file_digest: str
    source: NotRequired[Source]


def datasets_folder(cache: Path | None = None) -> Path:
    """Returns the folder to set ``MINARI_DATASETS_PATH`` to, so that plain Minari finds the data sets."""
    return (cache or cache_folder()) / "demonstrations"


def dataset_folder(task: Task, recipe: Recipe | Imported, cache: Path | None = None) -> Path:
    """Returns where a recipe's data set is, or would be."""
    return datasets_folder(cache) / dataset_id(task, recipe)


def origin(task: Task, name: str, cache: Path | None = None) -> Recipe | Imported:
    """Returns where the data set of that name comes from; one that is not there counts as imported.

    Raises:
        CorruptFileError: It is there, but what was noted about it cannot be read.
    """
    standard = standard_recipe(task)
    if standard is not None and name == dataset_folder(task, standard).name:
        return standard
    notes = dataset_folder(task, Imported(name=name), cache) / "data" / METADATA_FILE_NAME
    if not notes.is_file():
        return Imported(name=name)
    remedy = "generate or import them again"
    with reading(notes, "notes that hold a recipe", remedy=remedy):
        dials = json.loads(read_bytes(notes, MAX_NOTES_BYTES, remedy=remedy))["ilbench"]["recipe"]
        return Imported(name=name) if "imported" in dials else Recipe.from_json(dials)


def save(
    task: Task,
    recipe: Recipe | Imported,
    trajectories: Sequence[Trajectory],
    *,
    cache: Path | None = None,
    overwrite: bool = False,
    source: Source | None = None,
) -> Path:
    """Writes a data set and returns its folder.

    It is written beside its place, read back, compared, and only then renamed: a killed process or a
    full disk leaves no half data set. A data set that is there already stays, unless `overwrite`.

    Args:
        task: The task.
        recipe: How they were made, or where they come from.
        trajectories: At least one.
        cache: Folder instead of the default.
        overwrite: Replace what is there.
        source: Of imported ones, where they come from.

    Raises:
        StorageError: The disk refused, or gave back something else than was written.
    """
    folder = dataset_folder(task, recipe, cache)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=datasets_folder(cache), prefix=".partial-") as partial:
            new = Path(partial) / "new"
            _write(new, task, recipe, trajectories, source)
            load(new)  # compares what comes back with the checksum of what was given
            if overwrite and folder.exists():
                folder.rename(Path(partial) / "old")
            if not folder.exists():
                new.rename(folder)
    except (OSError, CorruptFileError) as error:
        raise StorageError(
            f"demonstrations of {task.id} could not be written to {folder}: {error}"
        ) from error
    return folder


def load(folder: Path, remedy: str = "") -> tuple[tuple[Trajectory, ...], Notes]:
    """Returns the trajectories of a data set and what was noted when it was made.

    Args:
        folder: The data set's folder.
        remedy: What to advise when it is damaged.

    Raises:
        CorruptFileError: It cannot be read, or its content has another checksum than was noted.
    """
    data = folder / "data"
    noted_at = data / METADATA_FILE_NAME
    with reading(noted_at, "the notes on demonstrations", remedy=remedy):
        content = json.loads(read_bytes(noted_at, MAX_NOTES_BYTES, remedy=remedy))["ilbench"]
        noted = content.pop("digest")
        _compare(noted_at, json_digest(content), noted, remedy)
        notes: Notes = content
        file_digest, noted_checksum = notes["file_digest"], notes["checksum"]
    # before HDF5 sees it: a damaged file can hang or crash the library
    _compare(data / ARRAYS_FILE, _file_digest(data / ARRAYS_FILE, remedy), file_digest, remedy)
    with reading(data, "demonstrations", remedy=remedy):
        trajectories = tuple(_trajectories(data / ARRAYS_FILE, notes["shapes"]))
        _compare(data, checksum(trajectories), noted_checksum, remedy)
    return trajectories, notes


def _file_digest(path: Path, remedy: str) -> str:
    with open_regular(path, MAX_ARRAYS_BYTES, remedy=remedy) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compare(path: Path, found: str, expected: str, remedy: str) -> None:
    if found != expected:
        problem = f"the demonstrations have changed: digest {found}, expected {listed([expected])}"
        raise CorruptFileError(path, problem, remedy=remedy)


def _write(
    folder: Path,
    task: Task,
    recipe: Recipe | Imported,
    trajectories: Sequence[Trajectory],
    source: Source | None,
) -> None:
    data = folder / "data"
    data.mkdir(parents=True)
    fields = tuple(_stored_field(f) for f in task.observation)
    storage = MinariStorage.new(data, observation_space(fields), task.action.space())
    content = _hdf5(task, trajectories)
    (data / ARRAYS_FILE).write_bytes(content)
    notes = _notes(task, recipe, trajectories, content)
    plan = task.demonstrations
    how = source["description"] if source else plan.description if plan else ""
    if source:
        notes["source"] = source
    storage.update_metadata(
        {
            "dataset_id": dataset_id(task, recipe),
            "minari_version": version("minari"),
            "author": {"ILBench"},
            "algorithm_name": _author(task, recipe),
            "description": f"{task.summary} {how}".strip(),
            "requirements": [f"{name}=={found}" for name, found in notes["packages"].items()],
            "total_episodes": len(trajectories),
            "total_steps": sum(map(len, trajectories)),
            "dataset_size": round(len(content) / 1e6, 1),
            "ilbench": {**notes, "digest": json_digest(notes)},
            "env_spec": env_spec(task).to_json(),
        }
    )


def _author(task: Task, recipe: Recipe | Imported) -> str | None:
    if isinstance(recipe, Imported):
        return recipe.name
    return task.expert if recipe.expert is None else task.alternative_experts[recipe.expert]


def _hdf5(task: Task, trajectories: Sequence[Trajectory]) -> bytes:
    """Returns the HDF5 file in Minari's layout, made in memory.

    Minari's own writer leaves no choice of compression, and a disk that fills up under HDF5 can take
    the process down (seen with HDF5 2.0.0: a segmentation fault in `h5py.File.close`).
    """
    with h5py.File(ARRAYS_FILE, "w", driver="core", backing_store=False, track_order=True) as file:
        for index, trajectory in enumerate(trajectories):
            group = file.create_group(f"episode_{index}")
            group.attrs.update({"id": index, **_facts(trajectory)})
            for name, array in _arrays(task, trajectory).items():
                is_packed = array.ndim > 3 or name.startswith(PROCEDURE)
                packing = {"compression": "gzip", "compression_opts": GZIP_LEVEL} if is_packed else {}
                group.create_dataset(name, data=array, **packing)
        file.flush()
        content: bytes = file.id.get_file_image()
    return content


def _notes(
    task: Task, recipe: Recipe | Imported, trajectories: Sequence[Trajectory], content: bytes
) -> Notes:
    """Returns what a loader has to know about a data set with this file of arrays."""
    modes = sorted({t.mode for t in trajectories if t.mode is not None})
    return {
        "task": task.id,
        "spec_digest": task.spec_digest(),
        "recipe": recipe.as_json(),
        "shapes": {f.name: list(f.shape) for f in task.observation},
        "checksum": checksum(trajectories),
        "modes": {str(mode): sum(t.mode == mode for t in trajectories) for mode in modes},
        "num_successful": sum(t.success for t in trajectories),
        "num_retries": sum(t.num_retries for t in trajectories),
        "packages": {name: installed_version(name) for name in task.packages},
        "version": version("ilbench"),
        "file_digest": hashlib.sha256(content).hexdigest(),
    }


def _stored_field(f: Field) -> Field:
    """Returns the field in the shape that Minari stores without loss."""
    if f.dtype != "uint8":
        return f
    return Field(name=f.name, shape=(1,) * (IMAGE_NDIM - len(f.shape)) + f.shape, dtype=f.dtype)


def _arrays(task: Task, trajectory: Trajectory) -> dict[str, NDArray[Any]]:
    """Returns an episode's arrays by their paths in Minari's layout."""
    length = len(trajectory)
    last = np.arange(length) == length - 1
    observations = {
        f"observations/{f.name}": trajectory.observations[f.name].reshape(-1, *_stored_field(f).shape)
        for f in task.observation
    }
    return {
        **observations,
        "actions": trajectory.actions,
        "rewards": trajectory.rewards,
        "terminations": last & trajectory.terminated,
        "truncations": last & (not trajectory.terminated),
        "infos/expert_actions": trajectory.expert_actions,
        **{f"{PROCEDURE}{name}": values for name, values in trajectory.procedure.items()},
    }


def _facts(trajectory: Trajectory) -> dict[str, Any]:
    """Returns what is true of the whole episode; HDF5 attributes have no missing value."""
    facts = {
        "total_steps": len(trajectory),
        "seed": trajectory.seed,
        "split": "train" if trajectory.context >= 0 else "",
        "context": trajectory.context,
        "success": trajectory.success,
        "terminated": trajectory.terminated,
        "num_retries": trajectory.num_retries,
    }
    return facts if trajectory.mode is None else {**facts, "mode": trajectory.mode}


def _trajectories(path: Path, shapes: Mapping[str, Sequence[int]]) -> Iterator[Trajectory]:
    """Yields the episodes in a file of arrays.

    Not by Minari's own reader: where it misses a space in the metadata, it makes the environment that they
    name, and so would call whatever function they name.
    """
    with h5py.File(path, "r", locking=False) as file:
        for index in range(len(names_in(file, ""))):
            episode = f"episode_{index}"
            facts = {name: attribute_in(file, episode, name) for name in FACTS}
            infos = names_in(file, f"{episode}/infos")
            procedure = names_in(file, f"{episode}/{PROCEDURE}") if "procedure" in infos else {}
            yield Trajectory(
                observations={
                    name: array_in(file, f"{episode}/observations/{name}").reshape(-1, *shape)
                    for name, shape in shapes.items()
                },
                actions=array_in(file, f"{episode}/actions"),
                expert_actions=array_in(file, f"{episode}/infos/expert_actions"),
                rewards=array_in(file, f"{episode}/rewards"),
                success=bool(facts["success"]),
                terminated=bool(facts["terminated"]),
                mode=None if facts["mode"] is None else int(facts["mode"]),
                context=int(facts["context"]),
                seed=int(facts["seed"]),
                num_retries=int(facts["num_retries"]),
                procedure={name: array_in(file, f"{episode}/{PROCEDURE}{name}") for name in procedure},
            )
