"""Submissions: what is scored, resolved to a policy and to what the run's header says of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ilbench.arithmetic import in_force
from ilbench.contract.baseline import TrainedOn
from ilbench.contract.limits import ALLOWED_MEMORY_GIB
from ilbench.contract.policy import Place, Sandbox, width_of
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.digest import array_digest, json_digest, text_digest
from ilbench.errors import InvalidSubmissionError, UnknownNameError
from ilbench.importing import load_object
from ilbench.plain_text import one_line
from ilbench.runner.hosts.sandboxes.choice import check_sandboxed
from ilbench.runner.submissions.adapted import adapted, find_weights
from ilbench.runner.submissions.adapters import find_adapter
from ilbench.runner.submissions.covered import UncoveredFileError
from ilbench.runner.submissions.interpreters import packages_of
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.runner.submissions.snapshot import CHANGED, files_digest, snapshot_of
from ilbench.runner.submissions.sources import source_digest
from ilbench.runner.submissions.submission_file import FILE, SubmissionFile, read_submission_file
from ilbench.runs.submission_info import Served, SubmissionInfo

IN_MEMORY = "an object in memory"
"""What a header's `details` say of a policy that was handed over in Python."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A submission, resolved.

    Attributes:
        info: What the header and the leaderboard say of it.
        policies: How its policy is loaded, by task id; of an object in memory they say only the width.
        training: What it was trained on, by task id, as far as that is known.
        packages: What its own interpreter has installed, by distribution; empty where it has none of its own.
        served: What the server of a remote policy said of itself.
        files: Of a folder, what each file is, by its path; see `Snapshot`.
    """

    info: SubmissionInfo
    policies: Mapping[str, PolicySpec]
    training: Mapping[str, TrainedOn] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    served: Served | None = None
    files: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def load_folder(
    folder: Path,
    tasks: Sequence[Task],
    place: Place | None = None,
    sandbox: Sandbox = "none",
    memory_gib: float = ALLOWED_MEMORY_GIB,
) -> Iterator[Submission]:
    """Yields the submission in a folder; its policy runs in a process of its own.

    Workers load a snapshot of the folder, and the digest is of that snapshot: what plays is what was hashed,
    whatever is written into the folder meanwhile. The policy's own interpreter stays where it is.

    Raises:
        InvalidSubmissionError: There is no valid ``submission.toml``, it leaves out a task, its mapping does
            not fit one, its own interpreter cannot run a policy, or a file cannot be copied.
        StorageError: There is no room for the snapshot.
    """
    content, digest = read_submission_file(folder)
    check_can_play(folder / FILE, content, tasks, place)
    python = None if content.python is None else str(folder.resolve() / content.python)
    check_sandboxed(folder / FILE, sandbox, place, content.limits, memory_gib)
    packages = {} if python is None else packages_of(python, f"{folder / FILE}: field 'python'", sandbox)
    with snapshot_of(folder) as snapshot:
        if not snapshot.files[FILE].endswith(digest):
            raise UncoveredFileError(folder / FILE, CHANGED)
        spec = PolicySpec(
            load=content.entry or "",
            arguments=content.arguments,
            search_path=(str(snapshot.folder),),
            place=place or "process",
            python=python,
            arithmetic=content.arithmetic or (None if python is None else "native"),
            width=content.width,
            convention=content.convention.stated(),
            sandbox=sandbox,
            limits=content.limits,
        )
        policies: Mapping[str, PolicySpec] = dict.fromkeys((task.id for task in tasks), spec)
        files = snapshot.files
        if content.adapter is not None:
            with _blaming(folder / FILE):
                adapter = find_adapter(content.adapter)
                adapter.check_library(packages if python else None, python or sys.executable)
                weights = find_weights(snapshot.folder, content.weights or "")
                policies = adapted(adapter, weights, content.mapping or MappingTable(), spec, tasks)
            files = {**files, **adapter.sources()}
        yield Submission(info=folder_info(content, files), policies=policies, packages=packages, files=files)


def check_can_play(file: Path, content: SubmissionFile, tasks: Sequence[Task], place: Place | None) -> None:
    """Checks that a submission plays tasks where it is to.

    Raises:
        InvalidSubmissionError: It leaves out a task, or cannot be played inline.
    """
    left_out = [task.id for task in tasks if content.tasks and task.id not in content.tasks]
    if left_out:
        named = one_line(", ".join(content.tasks))
        raise InvalidSubmissionError(f"{file}: field 'tasks' does not name {left_out[0]!r}; found {named}")
    if place == "inline" and content.arithmetic is not None:
        raise InvalidSubmissionError(
            f"{file}: field 'arithmetic': {content.arithmetic!r} needs a process of the policy's "
            "own; leave out --place inline"
        )


@contextmanager
def _blaming(file: Path) -> Iterator[None]:
    """Names the file in what is said of the adapter in it."""
    try:
        yield
    except (InvalidSubmissionError, UnknownNameError) as error:
        raise InvalidSubmissionError(f"{file}: {one_line(str(error))}") from error


def folder_info(content: SubmissionFile, files: Mapping[str, str]) -> SubmissionInfo:
    """Returns what a submission's file says, with the digest of its files."""
    details = content.model_dump(include={"observation", "training_data", "license", "code"})
    return SubmissionInfo(
        name=content.name,
        kind="folder",
        entry=content.entry or (f"{content.adapter}:{content.weights}" if content.adapter else content.wire),
        digest=files_digest(files),
        training_seed=content.training_seed,
        details={**{k: v for k, v in details.items() if v}, "authors": ", ".join(content.authors)},
    )


def load_import_string(text: str, task_ids: tuple[str, ...], place: Place | None = None) -> Submission:
    """Returns the submission that ``module:Name`` leads to, found from the working directory.

    Its digest covers the code, as `source_digest` says, and not the weights that it may load: a policy that
    has any is better a folder.

    Raises:
        InvalidSubmissionError: The module cannot be imported or has no such name.
    """
    loaded = _loaded(text)
    spec = PolicySpec(
        load=text, search_path=(str(Path.cwd()),), place=place or "inline", width=width_of(loaded)
    )
    info = SubmissionInfo(name=text, kind="object", entry=text, digest=source_digest(text, loaded))
    return Submission(info=info, policies=dict.fromkeys(task_ids, spec))


def take_object(policy: object, task_ids: tuple[str, ...], name: str | None = None) -> Submission:
    """Returns a policy that is an object, class, factory or function in this process as a submission.

    It can be played here alone, by `ilbench.runner.here`: its `policies` lead nowhere, and say its width.

    Its digest covers the source of its class or function, and its weights where it has a method `state_dict`
    that returns named arrays, tensors or plain values, as every ``torch.nn.Module`` does. Two objects of one
    class that offer no weights look the same.

    Args:
        policy: The policy.
        task_ids: What it will play.
        name: Name in tables; that of its class or function if not given.
    """
    kind = policy if hasattr(policy, "__qualname__") else type(policy)
    qualified = f"{kind.__module__}:{kind.__qualname__}"
    try:
        source = inspect.getsource(kind)  # type: ignore[arg-type]
    except (OSError, TypeError):  # typed at a prompt, or built in
        source = qualified
    info = SubmissionInfo(
        name=name or one_line(kind.__name__),  # type: ignore[attr-defined]
        kind="object",
        entry=qualified,
        digest=json_digest({"source": text_digest(source), "weights": _weights(policy)}),
        details={"policy": IN_MEMORY},
    )
    spec = PolicySpec(width=width_of(policy), arithmetic=in_force())
    return Submission(info=info, policies=dict.fromkeys(task_ids, spec))


def _weights(policy: object) -> dict[str, str]:
    """Returns the digest of each weight that an object offers, by name."""
    state = getattr(policy, "state_dict", None)
    if inspect.isclass(policy) or not callable(state):
        return {}
    return {name: _value_digest(value) for name, value in state().items()}


def _value_digest(value: Any) -> str:
    if hasattr(value, "detach"):  # a tensor, wherever it lies
        value = value.detach().cpu()
        value = (value.float() if "bfloat16" in str(value.dtype) else value).numpy()
    if hasattr(value, "dtype"):
        return array_digest(np.asarray(value))
    return text_digest(repr(value))


def _loaded(import_string: str) -> Any:
    """Returns what an import string leads to from the working directory."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        return load_object(import_string)
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise InvalidSubmissionError(
            f"cannot load {import_string!r}: {type(error).__name__}: {error}"
        ) from error
    finally:
        del sys.path[0]
