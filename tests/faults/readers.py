"""The readers of this project, each with a small valid input that mutations start from."""

from __future__ import annotations

import functools
import io
import json
import math
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from mutating import Part

from ilbench import plugins
from ilbench.baselines import load_policy
from ilbench.baselines.bc_mlp import BehaviorCloning, BehaviorCloningConfig
from ilbench.baselines.checkpoint import METADATA, WEIGHTS, TrainingIdentity, config_json, save_checkpoint
from ilbench.baselines.tensors import load_tensors
from ilbench.contract.registry import find_task
from ilbench.demonstrations import find_sets, load_formats, store
from ilbench.demonstrations.formats import read_file
from ilbench.demonstrations.recipe import Imported
from ilbench.demonstrations.trajectory import Trajectory
from ilbench.demonstrations.unpickling import load_plain
from ilbench.digest import canonical_json, json_digest
from ilbench.reading import reading
from ilbench.runner.submissions.submission_file import FILE, read_submission_file
from ilbench.runs.folder import HEADER, JOURNAL, load_run
from ilbench.runs.journal import read_journal
from ilbench.tasks.manipulation.gymnasium_robotics.recordings import from_hdf5, from_pickle
from ilbench.tasks.manipulation.robosuite.declaring import components
from ilbench.tasks.manipulation.robosuite.tasks import LIFT

ROWS = 4
FORMATS = load_formats()
RUN = Path(__file__).parents[2] / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reader.

    Attributes:
        name: What the table calls it.
        files: Its input, by path in a folder; a mutation changes one of them.
        read: Reads the input in a folder.
        share: How many inputs it gets, beside the others.
        fixed: Files that are not changed.
    """

    name: str
    files: Mapping[str, Part]
    read: Callable[[Path], object]
    share: int = 10
    fixed: Mapping[str, bytes] = field(default_factory=dict)


def as_json(value: Any, rng: np.random.Generator) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def as_header(value: Any, rng: np.random.Generator) -> bytes:
    """The header of a run; where it has a digest of all else, mostly the one that a forger would write."""
    if rng.random() < 0.7 and isinstance(value, dict) and "digest" in value:
        content = {name: entry for name, entry in value.items() if name != "digest"}
        value = {**content, "digest": json_digest(content)}
    return as_json(value, rng)


def as_journal(records: list[Any], rng: np.random.Generator) -> bytes:
    """Lines with the digest of what they say, as a forger would write them."""
    lines = []
    for record in records:
        if isinstance(record, dict):
            content = {name: value for name, value in record.items() if name not in ("digest", "times")}
            record = {**record, "digest": json_digest(content)}
        lines.append(canonical_json(record))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def as_toml(value: Mapping[str, Any], rng: np.random.Generator) -> bytes:
    tables = {name: entry for name, entry in value.items() if isinstance(entry, dict)}
    lines = [f"{name} = {json.dumps(entry)}" for name, entry in value.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(entry)}" for key, entry in table.items())]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def as_pickle(value: Any, rng: np.random.Generator) -> bytes:
    return pickle.dumps(value, int(rng.integers(pickle.HIGHEST_PROTOCOL + 1)))


def as_npy(value: Any, rng: np.random.Generator) -> bytes:
    content = io.BytesIO()
    np.save(content, value, allow_pickle=True)
    return content.getvalue()


def as_npz(value: Mapping[str, Any], rng: np.random.Generator) -> bytes:
    content = io.BytesIO()
    (np.savez if rng.random() < 0.5 else np.savez_compressed)(content, **value)
    return content.getvalue()


def as_torch(value: Any, rng: np.random.Generator) -> bytes:
    content = io.BytesIO()
    torch.save(_with_tensors(value), content)
    return content.getvalue()


def _with_tensors(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_tensors(entry) for name, entry in value.items()}
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def as_hdf5(value: Mapping[str, Any], rng: np.random.Generator) -> bytes:
    """A file with an entry a path; ``path@name`` is an attribute."""
    with h5py.File("a", "w", driver="core", backing_store=False) as file:
        for place, entry in value.items():
            path, is_attribute, name = place.partition("@")
            if is_attribute:
                file.require_group(path).attrs[name] = json.dumps(entry) if isinstance(entry, dict) else entry
            elif isinstance(entry, np.ndarray) and entry.ndim and entry.size and rng.random() < 0.3:
                file.create_dataset(place, data=entry, compression="gzip", shuffle=bool(rng.random() < 0.5))
            else:
                file[place] = entry
        file.flush()
        content: bytes = file.id.get_file_image()
    return content


def as_metadata(value: Any, rng: np.random.Generator) -> bytes:
    """Metadata of a data set whose own notes have the digest that they should have."""
    if rng.random() < 0.7 and isinstance(value, dict) and isinstance(value.get("ilbench"), dict):
        notes = {name: entry for name, entry in value["ilbench"].items() if name != "digest"}
        value = {**value, "ilbench": {**notes, "digest": json_digest(notes)}}
    return as_json(value, rng)


def as_it_is(value: Any, rng: np.random.Generator) -> bytes:
    """A file of which only bytes are changed."""
    if not isinstance(value, bytes):
        raise TypeError("no bytes")
    return value


def _imported(format_name: str, task_id: str, path: str, folder: Path) -> list[Any]:
    found = find_sets(FORMATS[format_name], folder / path, task_id)
    return [read_file(one, file) for one in found for file in one.files]


def make_readers(scratch: Path) -> tuple[Reader, ...]:
    """Returns all readers; `scratch` is an empty folder."""
    # What is installed does not change meanwhile, and takes longer to find out than a file to read.
    plugins.declared_sources = functools.cache(plugins.declared_sources)
    return (
        *_of_runs(),
        _submission(),
        *_of_pickles(),
        *_of_arrays(),
        *_of_hdf5(),
        _store(scratch / "store"),
        *_of_checkpoints(scratch / "checkpoint"),
    )


def _of_runs() -> tuple[Reader, ...]:
    header_file = next(iter(sorted(RUN.rglob(HEADER))))
    header = json.loads(header_file.read_bytes())
    lines = (header_file.parent / JOURNAL).read_bytes().splitlines()[:3]
    records = [json.loads(line) for line in lines]
    return (
        Reader(
            name="run.json",
            files={HEADER: Part(value=header, encode=as_header)},
            read=load_run,
            share=60,
        ),
        Reader(
            name="journal.jsonl",
            files={JOURNAL: Part(value=records, encode=as_journal)},
            read=lambda folder: read_journal(folder / JOURNAL),
            share=60,
        ),
    )


def _submission() -> Reader:
    content = {
        "name": "mine",
        "entry": "policy:Policy",
        "authors": ["we"],
        "width": 8,
        "training_seed": 3,
        "tasks": [],
        "arguments": {"a": 1, "b": "c"},
    }
    return Reader(
        name="submission.toml",
        files={FILE: Part(value=content, encode=as_toml)},
        read=read_submission_file,
        share=60,
    )


def _of_pickles() -> tuple[Reader, ...]:
    place, rows = np.linspace(0.1, 0.2, ROWS), np.zeros((ROWS, 7))
    robot = {
        "c_pos": np.stack([place] * 3, axis=1),
        "des_c_pos": np.stack([place] * 3, axis=1),
        "j_pos": rows,
        "des_j_pos": rows,
        "gripper_width": place,
    }
    hand = {"qpos": np.zeros(30), "qvel": np.zeros(30), "door_body_pos": np.array([0.1, 0.2, 0.3])}
    episode = {
        "observations": np.zeros((ROWS, 39)),
        "actions": np.full((ROWS, 28), 0.5),
        "rewards": np.zeros(ROWS),
        "init_state_dict": hand,
    }
    mixed = {"a": np.eye(2), "b": [1, 2.5, "text", b"x", None, {"c": np.float32(1)}], "d": (1, (2,))}
    d3il = partial(_imported, "d3il", "d3il/avoiding-v3", "")
    return (
        Reader(
            name="d3il pickle",
            files={"env_1.pkl": Part(value={"robot": robot, "context": {"seed": 3}}, encode=as_pickle)},
            read=d3il,
            share=40,
        ),
        Reader(
            name="dapg pickle",
            files={"demos.pickle": Part(value=[episode], encode=as_pickle)},
            read=lambda folder: _listed(from_pickle, folder / "demos.pickle"),
            share=60,
        ),
        Reader(
            name="any pickle",
            files={"a.pkl": Part(value=mixed, encode=as_pickle)},
            read=lambda folder: load_plain(folder / "a.pkl"),
            share=140,
        ),
    )


def _listed(read: Callable[[Path], Any], path: Path) -> list[Any]:
    """What a format's reader finds, before the simulation that it is compared with."""
    with reading(path, "demonstrations"):
        return list(read(path))


def _of_arrays() -> tuple[Reader, ...]:
    episode = {
        "observations": np.zeros((3, 3, 64, 64), np.uint8),
        "actions": np.array([[1], [7]]),
        "rewards": np.array([[0.0], [10.0]]),
        "dones": np.array([False, True]),
    }
    name = "maze/20230101T000000_0_2_3_10.00"
    maze = {
        "observations": np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
        "actions": np.zeros((3, 2), np.float32),
        "terminals": np.array([False, False, True]),
        "qpos": np.zeros((3, 2)),
        "qvel": np.zeros((3, 2)),
    }
    task = "navigation/ogbench-pointmaze-medium-navigate-v1"
    read = partial(_imported, "gen_dgrl", "procgen/maze-v2", "maze")
    return (
        Reader(name="gen_dgrl npy", files={f"{name}.npy": Part(value=episode, encode=as_npy)}, read=read),
        Reader(name="gen_dgrl npz", files={f"{name}.npz": Part(value=episode, encode=as_npz)}, read=read),
        Reader(
            name="ogbench npz",
            files={"a.npz": Part(value=maze, encode=as_npz)},
            read=partial(_imported, "ogbench", task, "a.npz"),
            share=20,
        ),
    )


def _of_hdf5() -> tuple[Reader, ...]:
    controller = {"type": "OSC_POSE", "control_delta": True, "kp": 150}
    kwargs = {"robots": ["Panda"], "controller_configs": controller}
    args = {"env_name": "Lift", "env_version": "1.4.1", "type": 1, "env_kwargs": kwargs}
    lift: dict[str, Any] = {"data@env_args": args, "mask/train": np.array(["demo_0"], "S")}
    for key in LIFT.env_options["keys"]:
        lift[f"data/demo_0/obs/{key}"] = np.zeros((ROWS, len(components(key))))
    lift |= {"data/demo_0/actions": np.zeros((ROWS, 7)), "data/demo_0/rewards": np.zeros(ROWS)}
    door = {
        "observations": np.zeros((ROWS, 39), "f4"),
        "actions": np.zeros((ROWS, 28), "f4"),
        "rewards": np.zeros(ROWS, "f4"),
        "terminals": np.zeros(ROWS, bool),
        "timeouts": np.zeros(ROWS, bool),
        "infos/qpos": np.zeros((ROWS, 30), "f4"),
        "infos/qvel": np.zeros((ROWS, 30), "f4"),
        "infos/door_body_pos": np.zeros((ROWS, 3), "f4"),
    }
    return (
        Reader(
            name="robomimic hdf5",
            files={"a.hdf5": Part(value=lift, encode=as_hdf5)},
            read=partial(_imported, "robomimic", LIFT.id, "a.hdf5#train"),
            share=2,
        ),
        Reader(
            name="d4rl hdf5",
            files={"a.hdf5": Part(value=door, encode=as_hdf5)},
            read=lambda folder: _listed(from_hdf5, folder / "a.hdf5"),
            share=2,
        ),
    )


def _store(scratch: Path) -> Reader:
    task = find_task("d3il/avoiding-v3")
    actions = np.full((2, *task.action.shape), 0.01, np.float32)
    trajectory = Trajectory(
        observations={f.name: np.zeros((3, *f.shape), f.dtype) for f in task.observation},
        actions=actions,
        expert_actions=actions,
        rewards=np.zeros(2),
        success=True,
        terminated=True,
        mode=3,
        context=-1,
        seed=0,
    )
    data = store.save(task, Imported(name="some-v1"), [trajectory], cache=scratch) / "data"
    metadata = json.loads((data / "metadata.json").read_bytes())
    arrays = (data / "main_data.hdf5").read_bytes()
    return Reader(
        name="store",
        files={
            "data/metadata.json": Part(value=metadata, encode=as_metadata),
            "data/main_data.hdf5": Part(value=arrays, encode=as_it_is),
        },
        read=store.load,
        share=20,
    )


def _of_checkpoints(scratch: Path) -> tuple[Reader, ...]:
    task = find_task("d3il/avoiding-v3")
    config = BehaviorCloningConfig(hidden=(16,))
    identity = TrainingIdentity(
        baseline="bc-mlp",
        config=config_json(config),
        task_id=task.id,
        task_spec_digest="0",
        demonstrations="0",
        num_demonstrations=1,
        training_seed=0,
        arithmetic="fixed",
    )
    os.makedirs(scratch)  # noqa: PTH103
    description = json.loads(json.dumps(task.description()))
    save_checkpoint(scratch, BehaviorCloning(description, config), identity)
    metadata, weights = json.loads((scratch / METADATA).read_bytes()), (scratch / WEIGHTS).read_bytes()
    tensors = {
        "identity": identity.model_dump(),
        "step": 10,
        "learner": {"weight": np.eye(3, dtype=np.float32), "bias": np.zeros(3)},
        "curve": [[1, 2.0, None, math.pi]],
        "generator": np.zeros(9, np.uint8),
    }
    return (
        Reader(
            name="checkpoint",
            files={
                METADATA: Part(value=metadata, encode=as_json),
                WEIGHTS: Part(value=weights, encode=as_it_is),
            },
            read=load_policy,
            share=10,
        ),
        Reader(
            name="tensors",
            files={"a.pt": Part(value=tensors, encode=as_torch)},
            read=lambda folder: load_tensors(folder / "a.pt"),
            share=40,
        ),
    )
