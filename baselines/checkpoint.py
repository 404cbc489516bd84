"""Checkpoints: what a training leaves on disk, and how it is read back without trusting it.

A finished folder holds ``checkpoint.json`` (what was trained, on what, by what), ``weights.pt`` (the moving
average of the weights at the last step: no step is picked by its score), ``loss.csv`` and ``loss.png``. An
unfinished one holds ``training.pt``, from which the same command resumes, and ``loss.csv`` so far.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

import ilbench
from ilbench.baselines.learner import Learner, TrainingConfig
from ilbench.contract.baseline import Training, find_baseline
from ilbench.digest import arrays_digest
from ilbench.errors import CheckpointError, CorruptFileError
from ilbench.importing import load_object
from ilbench.storage import first_problem, write_atomically

METADATA = "checkpoint.json"
WEIGHTS = "weights.pt"
TRAINING = "training.pt"

UNREADABLE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)
"""What torch's reader raises on damaged content."""


class TrainingIdentity(BaseModel):
    """All that the weights depend on, given one version of torch and one kind of processor.

    Attributes:
        baseline: Name of the baseline.
        config: Its configuration.
        task_id: Id of the task.
        task_spec_digest: `Task.spec_digest` at training time.
        demonstrations: Checksum of the demonstrations.
        num_demonstrations: How many of them there were.
        training_seed: Seed of initial weights, batches and noise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str
    config: dict[str, Any]
    task_id: str
    task_spec_digest: str
    demonstrations: str
    num_demonstrations: int
    training_seed: int


class CheckpointMetadata(BaseModel):
    """The content of ``checkpoint.json``.

    Attributes:
        identity: What was trained.
        task: The task's public description, from which the network is rebuilt.
        weights_digest: Digest of the arrays in ``weights.pt``.
        ilbench_version: Version of this package that trained.
        torch_version: Version of torch that trained.
        demonstrations_name: Name of the data set among those of its task; empty in older checkpoints. Where
            the data lay is no part of what was trained: the checksum in `identity` is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identity: TrainingIdentity
    task: dict[str, Any]
    weights_digest: str
    ilbench_version: str
    torch_version: str
    demonstrations_name: str = ""


def make_learner(baseline: str, task: Mapping[str, Any], config: TrainingConfig) -> Learner:
    """Returns an untrained learner.

    Raises:
        CheckpointError: The baseline is not trained.
    """
    learner: Learner = load_object(_training(baseline).learner)(task, config)
    return learner


def make_config(baseline: str, values: Mapping[str, Any]) -> TrainingConfig:
    """Returns a baseline's configuration from its JSON form."""
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    config: TrainingConfig = load_object(_training(baseline).config)(**values)
    return config


def default_config(baseline: str, task: Mapping[str, Any]) -> TrainingConfig:
    """Returns a baseline's default configuration for a task's public description.

    Raises:
        CheckpointError: The baseline is not trained.
    """
    config: TrainingConfig = load_object(_training(baseline).config).for_task(task)
    return config


def config_json(config: TrainingConfig) -> dict[str, Any]:
    """Returns a configuration as plain JSON, as a checkpoint stores it."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return values


def save_checkpoint(
    folder: Path, learner: Learner, identity: TrainingIdentity, demonstrations_name: str = ""
) -> None:
    """Writes the final weights, then the metadata that makes the checkpoint count as finished."""
    weights = learner.state_dict()
    metadata = CheckpointMetadata(
        identity=identity,
        task=json.loads(json.dumps(learner.task)),
        weights_digest=weights_digest(weights),
        ilbench_version=ilbench.__version__,
        torch_version=torch.__version__,
        demonstrations_name=demonstrations_name,
    )
    save_tensors(folder / WEIGHTS, dict(weights))
    write_atomically(folder / METADATA, metadata.model_dump_json(indent=2).encode() + b"\n")


def load_metadata(folder: Path) -> CheckpointMetadata:
    """Returns what a finished checkpoint says about itself.

    Raises:
        CheckpointError: There is none, or its training has not finished.
        CorruptFileError: The file is not what a training writes.
    """
    path = folder / METADATA
    if not path.is_file():
        unfinished = (folder / TRAINING).is_file()
        found = "a training that has not finished" if unfinished else "none"
        raise CheckpointError(
            f"no finished checkpoint in {str(folder)!r} (found: {found}); "
            "train one, or resume, with: ilbench train BASELINE TASK"
        )
    try:
        return CheckpointMetadata.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise CorruptFileError(path, first_problem(error), remedy="train again") from error


def load_learner(folder: Path) -> Learner:
    """Returns the trained learner of a finished checkpoint; torch is set to one thread.

    Raises:
        CheckpointError: There is no finished checkpoint.
        CorruptFileError: The weights or the metadata are damaged or were edited.
    """
    torch.set_num_threads(1)
    metadata = load_metadata(folder)
    weights = load_tensors(folder / WEIGHTS)
    if not all(isinstance(value, Tensor) for value in weights.values()):
        raise CorruptFileError(folder / WEIGHTS, "holds other values than tensors", remedy="train again")
    found = weights_digest(weights)
    if found != metadata.weights_digest:
        problem = f"expected weights with digest {metadata.weights_digest}, found {found}"
        raise CorruptFileError(folder / WEIGHTS, problem, remedy="train again")
    try:
        config = make_config(metadata.identity.baseline, metadata.identity.config)
        learner = make_learner(metadata.identity.baseline, metadata.task, config)
        learner.load_state_dict(weights)
    except (KeyError, TypeError, RuntimeError) as error:
        problem = f"describes another network than {WEIGHTS} holds ({error})"
        raise CorruptFileError(folder / METADATA, problem, remedy="train again") from error
    return learner


def weights_digest(weights: Mapping[str, Tensor]) -> str:
    """Returns the digest of named tensors, independent of how a file stores them."""
    return arrays_digest({name: tensor.numpy() for name, tensor in weights.items()})


def save_tensors(path: Path, content: Mapping[str, Any]) -> None:
    """Writes tensors and plain values so that `load_tensors` reads them without unpickling code."""
    buffer = io.BytesIO()
    torch.save(dict(content), buffer)
    write_atomically(path, buffer.getvalue())


def load_tensors(path: Path) -> dict[str, Any]:
    """Returns what `save_tensors` wrote. A file that holds anything but tensors and values is refused.

    Raises:
        CorruptFileError: The file is missing, damaged, or would run code when loaded.
    """
    if not path.is_file():
        raise CorruptFileError(path, "the file is missing", remedy="train again")
    # What torch wrote is a zip archive; of any other file it would try to make sense byte by byte.
    if not zipfile.is_zipfile(path):
        raise CorruptFileError(path, "not a file of tensors (no archive)", remedy="train again")
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        reason = str(error).strip().partition("\n")[0]
        raise CorruptFileError(path, f"not a file of tensors ({reason})", remedy="train again") from error
    if not isinstance(content, dict):
        problem = f"expected named values, found {type(content).__name__}"
        raise CorruptFileError(path, problem, remedy="train again")
    return content


def _training(baseline: str) -> Training:
    training = find_baseline(baseline).training
    if training is None or not training.learner:
        raise CheckpointError(f"the baseline {baseline!r} is not trained with this project's trainer")
    return training
