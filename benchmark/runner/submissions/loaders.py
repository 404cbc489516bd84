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
from ilbench.contract.task import Task
from ilbench.errors import ILBenchWarning, UnknownNameError, UsageError
from ilbench.importing import is_import_string
from ilbench.plugins import load_plugins
from ilbench.runner.hosts.sandboxes.choice import refuse_sandbox
from ilbench.runner.submissions.placement import ANYWHERE, Placement
from ilbench.runner.submissions.prefixes import has_prefix, load_weights
from ilbench.runner.submissions.remote import (
    PREFIX,
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
        placement: Where the policy is to run.
        until_played: What must last until the policy has played, such as a copy of its files that workers
            load, is entered here by its loader.
    """

    text: str
    tasks: tuple[Task, ...]
    until_played: ExitStack
    checkpoints: Path = CHECKPOINTS
    training_seed: int = 0
    placement: Placement = ANYWHERE

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
    placement: Placement = ANYWHERE,
    name: str | None = None,
) -> Iterator[Submission]:
    """Yields the submission that a text, a path or an object is, to be played meanwhile.

    What workers load of it lies where it cannot be changed until the end. See `resolve` and `take_object`.
    Folders and weights of other libraries can play in a sandbox.

    Raises:
        UsageError: The name is none, or a policy is to be remote without a server.
        SandboxError: The wanted sandbox does not work here, or means nothing for such a policy.
    """
    if placement.place == "remote":
        raise UsageError("a remote policy is where its server is: name that, as remote:HOST:PORT")
    named = None if name is None else _checked_name(name)
    if not isinstance(policy, str | Path):
        refuse_sandbox(
            placement.sandbox, f"the object {type(policy).__name__!r}", "it is in this process already"
        )
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
            placement=placement,
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
    if request.placement.python is not None and not has_prefix(request.text):
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
    if request.placement.sandbox != "auto":
        what = f"the baseline {baseline.name!r}"
        refuse_sandbox(request.placement.sandbox, what, "it is code of this project's own")
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
    policies = {
        task.id: baseline.policy(task, checkpoints, seed, request.placement.place) for task in request.tasks
    }
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
        request.placement.sandbox,
        f"the import string {request.text!r}",
        "it is found from the working folder, all of which the policy would see; make a folder of it",
    )
    return load_import_string(request.text, request.task_ids, request.placement.place)


def _load_folder(request: PolicyRequest) -> Submission:
    folder = Path(request.text)
    if read_submission_file(folder)[0].place == "remote":
        _refuse_sandboxed_server(request)
        access = request.placement.access
        return request.until_played.enter_context(load_remote_folder(folder, request.tasks, access))
    return request.until_played.enter_context(load_folder(folder, request.tasks, request.placement))


def _load_remote(request: PolicyRequest) -> Submission:
    _refuse_sandboxed_server(request)
    return load_remote(request.text.removeprefix(PREFIX), request.tasks, request.placement.access)


def _refuse_sandboxed_server(request: PolicyRequest) -> None:
    if request.placement.sandbox != "auto":  # nothing of it runs here: none is the strongest there can be
        what = f"the remote policy {request.text!r}"
        refuse_sandbox(request.placement.sandbox, what, "it runs on its server")


def _load_weights(request: PolicyRequest) -> Submission:
    return request.until_played.enter_context(load_weights(request.text, request.tasks, request.placement))


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
        load=_load_remote,
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
