"""Policy loaders, an open registry: what ``bc-mlp``, ``./mine`` or ``pkg.module:Policy`` means.

A package adds its own through the entry-point group ``ilbench.policies``, whose value is an import string of
one `PolicyLoader` or of a sequence of them. What loads another library's files is an adapter, which needs
none: see `ilbench.runner.submissions.adapters`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ilbench.contract.baseline import CHECKPOINTS, find_baseline, load_baselines
from ilbench.contract.limits import ALLOWED_MEMORY_GIB
from ilbench.contract.policy import Place, WantedSandbox
from ilbench.contract.task import Task
from ilbench.errors import ILBenchWarning, UnknownNameError, UsageError
from ilbench.importing import is_import_string
from ilbench.plugins import load_plugins
from ilbench.runner.hosts.sandboxes.choice import choose_sandbox, refuse_sandbox
from ilbench.runner.submissions.prefixes import has_prefix, load_weights
from ilbench.runner.submissions.remote import (
    ANY_ACCESS,
    PREFIX,
    ServerAccess,
    load_remote,
    load_remote_folder,
)
from ilbench.runner.submissions.snapshot import take_snapshot
from ilbench.runner.submissions.submission import Submission, load_folder, load_import_string, take_object
from ilbench.runner.submissions.submission_file import check_name, read_submission_file
from ilbench.runs.submission_info import SubmissionInfo
from ilbench.scratch import scratch_folder

ENTRY_POINTS = "ilbench.policies"
AMBIGUOUS_RANK = 10
"""From this rank on it is said what else a text could mean."""


class AmbiguousPolicyWarning(ILBenchWarning):
    """A text that names a policy in more than one way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRequest:
    """A policy that was asked for by a text.

    Attributes:
        text: Such as ``bc-mlp``.
        tasks: What it will play.
        checkpoints: Where the baselines' checkpoints are.
        training_seed: Which training of a baseline.
        place: Where the policy runs, instead of the usual place.
        python: The interpreter that weights of another library are played by.
        access: How the server of a remote policy is reached.
        sandbox: What its process is kept in; what is this project's own needs none under ``auto``.
        memory_gib: How much memory a submission may ask for in a sandbox.
        until_played: What must last until the policy has played, such as a copy of its files that workers
            load, is entered here by its loader.
    """

    text: str
    tasks: tuple[Task, ...]
    until_played: ExitStack
    checkpoints: Path = CHECKPOINTS
    training_seed: int = 0
    place: Place | None = None
    python: str | None = None
    access: ServerAccess = ANY_ACCESS
    sandbox: WantedSandbox = "none"
    memory_gib: float = ALLOWED_MEMORY_GIB

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The ids of the tasks."""
        return tuple(task.id for task in self.tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLoader:
    """One way in which a text can name a policy.

    Attributes:
        name: What such a text names, for messages: ``baseline``.
        example: A text that it understands.
        recognizes: Whether a text looks like one; quick, for every loader is asked. One with a prefix of its
            own, such as ``sb3:``, should recognize that alone.
        load: Returns the submission; raises an `ILBenchError` that names what is wrong.
        rank: Where several recognize a text, the one with the lowest rank is meant; silently below
            `AMBIGUOUS_RANK`, where a prefix leaves no doubt.
    """

    name: str
    example: str
    recognizes: Callable[[str], bool]
    load: Callable[[PolicyRequest], Submission]
    rank: int = 0


@contextmanager
def submission_of(
    policy: object,
    tasks: Sequence[Task],
    *,
    checkpoints: str | Path = CHECKPOINTS,
    training_seed: int = 0,
    place: Place | None = None,
    python: str | Path | None = None,
    access: ServerAccess = ANY_ACCESS,
    name: str | None = None,
    sandbox: WantedSandbox = "none",
    memory_gib: float = ALLOWED_MEMORY_GIB,
) -> Iterator[Submission]:
    """Yields the submission that a text, a path or an object is, to be played meanwhile.

    What workers load of it lies where it cannot be changed until the end. See `resolve` and `take_object`.
    Only a folder can play in a sandbox.

    Raises:
        UsageError: The name is none, or a policy is to be remote without a server.
        SandboxError: The wanted sandbox does not work here, or means nothing for such a policy.
    """
    if place == "remote":
        raise UsageError("a remote policy is where its server is: name that, as remote:HOST:PORT")
    named = None if name is None else _checked_name(name)
    if not isinstance(policy, str | Path):
        refuse_sandbox(sandbox, f"the object {type(policy).__name__!r}", "it is in this process already")
        yield take_object(policy, tuple(task.id for task in tasks), named)
        return
    text = str(policy)
    if isinstance(policy, Path) and "/" not in text:
        text = f"./{text}"
    with ExitStack() as stack:
        request = PolicyRequest(
            text=text,
            tasks=tuple(tasks),
            checkpoints=Path(checkpoints),
            training_seed=training_seed,
            place=place,
            python=None if python is None else str(python),
            access=access,
            sandbox=sandbox,
            memory_gib=memory_gib,
            until_played=stack,
        )
        yield resolve(request, named)


def resolve(request: PolicyRequest, name: str | None = None) -> Submission:
    """Returns the submission that a text means.

    A baseline's name means the baseline, also beside a folder of that name: that one is ``./NAME``.

    Args:
        request: The text and what it will play.
        name: Name in tables, instead of the submission's own.

    Raises:
        UnknownNameError: No loader recognizes the text.
        UsageError: An interpreter was named for what is played by another.
        InvalidSubmissionError: What it names cannot be loaded.
        CheckpointError: It names a baseline that was not trained on a task.

    Warns:
        AmbiguousPolicyWarning: The text also names something else.
    """
    meant = _recognized(request.text)
    if not meant:
        raise UnknownNameError("baseline", request.text, load_baselines())
    if request.python is not None and not has_prefix(request.text):
        raise UsageError(
            "--python names the interpreter of weights behind a prefix, such as sb3:model.zip; "
            f"{request.text!r} is none: a folder names its own in submission.toml, all else is this one's"
        )
    if len(meant) > 1 and meant[0].rank >= AMBIGUOUS_RANK:
        others = " and ".join(f"a {loader.name}, such as {loader.example}" for loader in meant[1:])
        warnings.warn(
            f"{request.text!r} is taken as a {meant[0].name}, such as {meant[0].example}; it could also name "
            f"{others}",
            AmbiguousPolicyWarning,
            stacklevel=2,
        )
    found = meant[0].load(request)
    return found if name is None else replace(found, info=found.info.model_copy(update={"name": name}))


def load_loaders() -> Sequence[PolicyLoader]:
    """Returns the loaders of all installed packages, by rank."""
    return sorted(load_plugins(ENTRY_POINTS, PolicyLoader), key=lambda loader: loader.rank)


def _recognized(text: str) -> list[PolicyLoader]:
    return [loader for loader in load_loaders() if loader.recognizes(text)]


def _checked_name(name: str) -> str:
    try:
        return check_name(name)
    except ValueError as error:
        raise UsageError(f"the name {name!r}: {error}") from error


def _is_baseline(text: str) -> bool:
    return text in load_baselines()


def _is_folder(text: str) -> bool:
    return os.path.isdir(text) or "/" in text or text == "."  # noqa: PTH112  # Path.is_dir fails on a long one


def _load_baseline(request: PolicyRequest) -> Submission:
    """Returns a baseline as a submission: untrained, or copies of one checkpoint a task."""
    baseline = find_baseline(request.text)
    if request.sandbox != "auto":
        refuse_sandbox(request.sandbox, f"the baseline {baseline.name!r}", "it is code of this project's own")
    checkpoints, seed = request.checkpoints, request.training_seed
    if baseline.trainable:
        for task in request.tasks:
            baseline.trained_on(task, checkpoints, seed)
        checkpoints = request.until_played.enter_context(scratch_folder())
        for task in request.tasks:
            source, copy = (baseline.checkpoint(task.id, c, seed) for c in (request.checkpoints, checkpoints))
            take_snapshot(source, copy)
    trained = {
        task.id: found
        for task in request.tasks
        if (found := baseline.trained_on(task, checkpoints, seed)) is not None
    }
    policies = {task.id: baseline.policy(task, checkpoints, seed, request.place) for task in request.tasks}
    info = SubmissionInfo(
        name=baseline.name,
        kind="baseline",
        entry=baseline.name,
        digest=baseline.digest(trained),
        training_seed=seed if baseline.trainable else None,
        privileged=baseline.entry is None,
    )
    return Submission(info=info, policies=policies, training=trained)


def _load_import_string(request: PolicyRequest) -> Submission:
    refuse_sandbox(
        request.sandbox,
        f"the import string {request.text!r}",
        "it is found from the working folder, all of which the policy would see; make a folder of it",
    )
    return load_import_string(request.text, request.task_ids, request.place)


def _load_folder(request: PolicyRequest) -> Submission:
    folder = Path(request.text)
    if read_submission_file(folder)[0].place == "remote":
        if request.sandbox != "auto":  # nothing of it runs here, so that none is the strongest there can be
            refuse_sandbox(request.sandbox, f"the remote policy {request.text!r}", "it runs on its server")
        return request.until_played.enter_context(load_remote_folder(folder, request.tasks, request.access))
    sandbox = choose_sandbox(request.sandbox)
    return request.until_played.enter_context(
        load_folder(folder, request.tasks, request.place, sandbox, request.memory_gib)
    )


def _load_weights(request: PolicyRequest) -> Submission:
    refuse_sandbox(
        request.sandbox,
        f"the file {request.text!r}",
        "a folder is what is kept in one; make it: ilbench submission new --from ADAPTER WEIGHTS FOLDER",
    )
    return request.until_played.enter_context(
        load_weights(request.text, request.tasks, request.place, request.python)
    )


LOADERS = (
    PolicyLoader(
        name="file of another library",
        example="'sb3:model.zip'",
        recognizes=has_prefix,
        load=_load_weights,
        rank=5,
    ),
    PolicyLoader(
        name="policy server",
        example="'remote:HOST:PORT'",
        recognizes=lambda text: text.startswith(PREFIX),
        load=lambda request: load_remote(request.text.removeprefix(PREFIX), request.tasks, request.access),
    ),
    PolicyLoader(name="baseline", example="'bc-mlp'", recognizes=_is_baseline, load=_load_baseline, rank=10),
    PolicyLoader(
        name="import string",
        example="'my_module:Policy'",
        recognizes=is_import_string,
        load=_load_import_string,
        rank=20,
    ),
    PolicyLoader(
        name="folder",
        example="'./my_submission'",
        recognizes=_is_folder,
        load=_load_folder,
        rank=30,
    ),
)
"""This project's own. One of others that has a prefix comes before them: the ranks below 10 are its."""
