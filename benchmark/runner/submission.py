"""Submissions: what is scored, resolved to a policy and to what the run's header says of it."""

from __future__ import annotations

import hashlib
import inspect
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from ilbench.contract.baseline import TrainedOn
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, Place, width_of
from ilbench.contract.policy_spec import PolicySpec
from ilbench.digest import DIGEST_HEX, array_digest, json_digest, text_digest
from ilbench.errors import InvalidSubmissionError
from ilbench.importing import is_import_string, load_object
from ilbench.runs.folder import SubmissionInfo
from ilbench.storage import first_problem

FILE = "submission.toml"
EXAMPLE = 'entry = "policy:Policy"'
IN_MEMORY = "an object in memory"
"""What a header's `details` say of a policy that was handed over in Python."""

ASK_S = 60.0
"""How long an interpreter may take to say its version and packages."""

QUESTION = """
import json, sys
from importlib.metadata import distributions
import numpy
names = sorted({d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}.items())
print(json.dumps({"version": list(sys.version_info[:3]), "packages": dict(names)}))
"""
"""Asked of a policy's own interpreter: which Python it is, whether it has NumPy, and what else."""


class SubmissionFile(BaseModel):
    """The content of ``submission.toml``.

    Attributes:
        name: Shown in tables.
        entry: Import string of the policy, relative to the folder: ``policy:Policy``.
        authors: Who made it.
        arguments: Keyword arguments of the entry point.
        width: Rows of every batched call, 1 to 1024: more for a policy that is cheaper by the batch.
        python: Interpreter of the policy's own environment, relative to the folder or absolute; it needs
            Python 3.8 or later with NumPy, and nothing of this project.
        tasks: Ids of the tasks that it plays; empty for any.
        observation: What it looks at, such as ``state`` or ``image``.
        training_data: What it was trained on.
        training_seed: Seed of its training.
        license: License of code and weights; the key ``licence`` is read too.
        code: Where the code is published.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    entry: str
    authors: list[str] = []
    arguments: dict[str, Any] = {}
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)] = DEFAULT_WIDTH
    python: str | None = None
    tasks: list[str] = []
    observation: str = ""
    training_data: str = ""
    training_seed: int | None = None
    license: Annotated[str, Field(validation_alias=AliasChoices("license", "licence"))] = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A submission, resolved.

    Attributes:
        info: What the header and the leaderboard say of it.
        policies: How its policy is loaded, by task id; of an object in memory they say only the width.
        training: What it was trained on, by task id, as far as that is known.
        packages: What its own interpreter has installed, by distribution; empty where it has none of its own.
    """

    info: SubmissionInfo
    policies: Mapping[str, PolicySpec]
    training: Mapping[str, TrainedOn] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)


def load_folder(folder: Path, task_ids: tuple[str, ...], place: Place | None = None) -> Submission:
    """Returns the submission in a folder; its policy runs in a process of its own.

    Raises:
        InvalidSubmissionError: There is no valid ``submission.toml``, it leaves out a task, or its own
            interpreter cannot run a policy.
    """
    content = _read(folder)
    left_out = [task for task in task_ids if content.tasks and task not in content.tasks]
    if left_out:
        raise InvalidSubmissionError(
            f"{folder / FILE}: field 'tasks' does not name {left_out[0]!r}; found {content.tasks}"
        )
    root = folder.resolve()
    python = None if content.python is None else str(root / content.python)
    packages = {} if python is None else _packages(folder / FILE, python)
    spec = PolicySpec(
        load=content.entry,
        arguments=content.arguments,
        search_path=(str(root),),
        place=place or "process",
        python=python,
        width=content.width,
    )
    details = content.model_dump(include={"observation", "training_data", "license", "code"})
    info = SubmissionInfo(
        name=content.name,
        kind="folder",
        entry=content.entry,
        digest=folder_digest(folder),
        training_seed=content.training_seed,
        details={**{k: v for k, v in details.items() if v}, "authors": ", ".join(content.authors)},
    )
    return Submission(info=info, policies=dict.fromkeys(task_ids, spec), packages=packages)


def load_import_string(text: str, task_ids: tuple[str, ...], place: Place | None = None) -> Submission:
    """Returns the submission that ``module:Name`` leads to, found from the working directory.

    Its digest covers the source file of the module, not the weights that it may load.

    Raises:
        InvalidSubmissionError: The module cannot be imported or has no such name.
    """
    loaded = _loaded(text)
    spec = PolicySpec(
        load=text, search_path=(str(Path.cwd()),), place=place or "inline", width=width_of(loaded)
    )
    info = SubmissionInfo(name=text, kind="object", entry=text, digest=_source_digest(text, loaded))
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
        name=name or kind.__name__,  # type: ignore[attr-defined]
        kind="object",
        entry=qualified,
        digest=json_digest({"source": text_digest(source), "weights": _weights(policy)}),
        details={"policy": IN_MEMORY},
    )
    spec = PolicySpec(width=width_of(policy))
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


def folder_digest(folder: Path) -> str:
    """Returns the digest of all files below a folder, by relative path; hidden files and caches aside."""
    hasher = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if path.is_file() and not hidden:
            hasher.update(f"|{relative.as_posix()}|{path.stat().st_size}|".encode())
            hasher.update(path.read_bytes())
    return hasher.hexdigest()[:DIGEST_HEX]


def _read(folder: Path) -> SubmissionFile:
    file = folder / FILE
    if not file.is_file():
        raise InvalidSubmissionError(
            f"{folder} is not a submission: it has no {FILE}; it needs at least the lines: "
            f'name = "my policy" and {EXAMPLE}'
        )
    try:
        content = SubmissionFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSubmissionError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise InvalidSubmissionError(f"{file}: {_explain(error)}") from error
    if not is_import_string(content.entry):
        raise InvalidSubmissionError(
            f"{file}: field 'entry': expected an import string, such as {EXAMPLE}, found {content.entry!r}"
        )
    return content


def _packages(file: Path, python: str) -> Mapping[str, str]:
    """Returns what an interpreter has installed, after checking that it can serve a policy."""
    expected = f"{file}: field 'python': expected an interpreter of Python 3.8 or later with NumPy"
    try:
        answer = subprocess.run(
            [python, "-c", QUESTION], capture_output=True, text=True, timeout=ASK_S, check=False
        )
    except OSError as error:
        raise InvalidSubmissionError(
            f"{expected}, found {python}, which cannot be run ({error.strerror}); a relative path starts at "
            "the submission's folder"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InvalidSubmissionError(
            f"{expected}, found {python}, which did not answer in {ASK_S:g} s"
        ) from error
    try:
        found = json.loads(answer.stdout.strip().rpartition("\n")[2])
        version, packages = tuple(found["version"]), dict(found["packages"])
    except (ValueError, KeyError, TypeError) as error:
        said = (answer.stderr or answer.stdout).strip().rpartition("\n")[
            2
        ] or f"exit code {answer.returncode}"
        raise InvalidSubmissionError(f"{expected}, found {python}, which answered: {said}") from error
    if version < (3, 8):
        raise InvalidSubmissionError(f"{expected}, found Python {'.'.join(map(str, version))} at {python}")
    return packages


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        hint = f"; add a line such as: {EXAMPLE}" if field == "entry" else ""
        return f"field {field!r} is missing{hint}"
    if first["type"] == "extra_forbidden":
        return f"field {field!r} is unknown; known: {', '.join(SubmissionFile.model_fields)}"
    return first_problem(error)


def _loaded(import_string: str) -> Any:
    """Returns what an import string leads to from the working directory."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        return load_object(import_string)
    except Exception as error:
        raise InvalidSubmissionError(
            f"cannot load {import_string!r}: {type(error).__name__}: {error}"
        ) from error
    finally:
        del sys.path[0]


def _source_digest(import_string: str, loaded: Any) -> str:
    """Returns the digest of the source file that holds what an import string leads to."""
    module = inspect.getmodule(loaded)
    source = None if module is None else inspect.getsourcefile(module)
    return text_digest(Path(source).read_text(encoding="utf-8")) if source else text_digest(import_string)
