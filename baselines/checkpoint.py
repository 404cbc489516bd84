"""Checkpoints: what a training leaves on disk, and how it is read back without trusting it.

A finished folder holds ``checkpoint.json`` (what was trained, on what, by what), ``weights.pt`` (the moving
average of the weights at the last step: no step is picked by its score), ``loss.csv`` and ``loss.png``. An
unfinished one holds ``training.pt``, from which the same command resumes, and ``loss.csv`` so far.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

import ilbench
from ilbench.arithmetic import Arithmetic, warn_of_native
from ilbench.baselines.learner import Learner, TrainingConfig
from ilbench.baselines.tensors import load_tensors, save_tensors
from ilbench.contract.baseline import Training, find_baseline
from ilbench.digest import arrays_digest
from ilbench.errors import CheckpointError, CorruptFileError, ILBenchError
from ilbench.importing import load_object
from ilbench.reading import listed, read_bytes, reading
from ilbench.storage import first_problem, write_atomically

METADATA = "checkpoint.json"
WEIGHTS = "weights.pt"
TRAINING = "training.pt"

MAX_METADATA_BYTES = 2**24
REMEDY = "train again"


class TrainingIdentity(BaseModel):
    """All that the weights depend on, given one version of torch and, in native arithmetic, one processor.

    Attributes:
        baseline: Name of the baseline.
        config: Its configuration.
        task_id: Id of the task.
        task_spec_digest: `Task.spec_digest` at training time.
        demonstrations: Checksum of the demonstrations.
        num_demonstrations: How many of them there were.
        training_seed: Seed of initial weights, batches and noise.
        arithmetic: How it was computed, see `ilbench.arithmetic`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str
    config: dict[str, Any]
    task_id: str
    task_spec_digest: str
    demonstrations: str
    num_demonstrations: int
    training_seed: int
    arithmetic: Arithmetic


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
    content = read_bytes(path, MAX_METADATA_BYTES, remedy=REMEDY)
    with reading(path, "the metadata of a checkpoint", remedy=REMEDY):
        try:
            return CheckpointMetadata.model_validate_json(content)
        except ValidationError as error:
            raise CorruptFileError(path, first_problem(error), remedy=REMEDY) from error


def load_learner(folder: Path) -> Learner:
    """Returns the trained learner of a finished checkpoint; torch is set to one thread.

    Raises:
        CheckpointError: There is no finished checkpoint.
        CorruptFileError: The weights or the metadata are damaged or were edited.
        UnsafePickleError: The weights ask for something to be called.
    """
    torch.set_num_threads(1)
    warn_of_native("the actions of this policy")
    metadata = load_metadata(folder)
    weights = load_tensors(folder / WEIGHTS)
    if not all(isinstance(value, Tensor) for value in weights.values()):
        raise CorruptFileError(folder / WEIGHTS, "holds other values than tensors", remedy=REMEDY)
    found = weights_digest(weights)
    if found != metadata.weights_digest:
        problem = f"expected weights with digest {listed([metadata.weights_digest])}, found {found}"
        raise CorruptFileError(folder / WEIGHTS, problem, remedy=REMEDY)
    described = folder / METADATA
    with reading(described, f"a description of the network in {WEIGHTS}", remedy=REMEDY):
        try:
            return _learner_of(metadata, weights)
        except ILBenchError as error:  # a baseline that is not there, a value out of its range
            raise CorruptFileError(described, str(error), remedy=REMEDY) from error


def _learner_of(metadata: CheckpointMetadata, weights: Mapping[str, Tensor]) -> Learner:
    """Returns the learner that the metadata describe, once it is known to be no larger than its weights."""
    baseline, config = metadata.identity.baseline, metadata.identity.config
    with torch.device("meta"):  # shapes without memory
        expected = make_learner(baseline, metadata.task, make_config(baseline, config)).state_dict()
    there = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name, tensor in expected.items():
        if tuple(tensor.shape) != there.get(name):
            raise ValueError(f"it has {name} of {tuple(tensor.shape)}, the weights have {there.get(name)}")
    learner = make_learner(baseline, metadata.task, make_config(baseline, config))
    learner.load_state_dict(dict(weights))
    return learner


def weights_digest(weights: Mapping[str, Tensor]) -> str:
    """Returns the digest of named tensors, independent of how a file stores them."""
    return arrays_digest({name: tensor.numpy() for name, tensor in weights.items()})


def _training(baseline: str) -> Training:
    training = find_baseline(baseline).training
    if training is None or not training.learner:
        raise CheckpointError(f"the baseline {baseline!r} is not trained with this project's trainer")
    return training
