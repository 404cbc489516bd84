"""The policy of a run, found again: which submission played it, and what is not as it was."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from ilbench.arithmetic import wanted_arithmetic
from ilbench.contract.baseline import CHECKPOINTS
from ilbench.contract.limits import ALLOWED_MEMORY_GIB
from ilbench.contract.policy import Place, WantedSandbox
from ilbench.contract.registry import find_task, load_registry
from ilbench.contract.selection import check_playable
from ilbench.contract.task import Task, installed_version
from ilbench.errors import ILBenchError, ILBenchWarning, UsageError
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runner.submissions.submission import IN_MEMORY, Submission
from ilbench.runs.folder import Run
from ilbench.runs.submitted import changes


class ProvenanceWarning(ILBenchWarning):
    """A replay whose policy, task or packages are not those of the run."""


class Whose(TypedDict, total=False):
    """Where the policy of a run is now.

    Attributes:
        policy: The submission, as `ilbench.run` takes it; needed where the run scored a folder.
        checkpoints: Where a baseline's checkpoints are.
        place: Where the policy runs, instead of the usual place.
        python: The interpreter that has the library of a file such as ``sb3:model.zip``.
        sandbox: What its process is kept in; ``auto`` for a run that was played in a sandbox, else none.
        memory_gib: How much memory a submission may ask for in a sandbox.
    """

    policy: str | Path | None
    checkpoints: str | Path
    place: Place | None
    python: str | Path | None
    sandbox: WantedSandbox | None
    memory_gib: float


def find_played_task(task_id: str, task: Task | str | None = None) -> Task:
    """Returns the task of an episode, ready to be played.

    Args:
        task_id: Its id.
        task: The task, or a name that leads to it, where no installed package declares it.

    Raises:
        UsageError: `task` leads to another task, or is not given where no installed package declares one.
        MissingPackageError: Its simulator is not installed.
    """
    if task is None and task_id not in load_registry():
        raise UsageError(
            f"no installed package declares {task_id}, and what a run names is not imported; hand the task "
            "over: --task package.module:TASK, in Python task=TASK"
        )
    found = task if isinstance(task, Task) else find_task(task or task_id)
    if found.id != task_id:
        raise UsageError(f"the episode is of {task_id}, but {task!r} leads to {found.id}")
    check_playable(found)
    return found


@contextmanager
def find_submission(run: Run, task: Task, **whose: Unpack[Whose]) -> Iterator[Submission]:
    """Yields the submission that played a run, to be played meanwhile.

    Args:
        run: The run.
        task: Of it, the task that will be played.
        **whose: Where its policy is now.

    Raises:
        UsageError: The run scored a folder, or an object in memory, and `policy` is not given.

    Warns:
        ProvenanceWarning: Another submission is found, or it cannot be checked whether it is the same.
    """
    info = run.header.submission
    text = whose.get("policy") or _where(run)
    with ExitStack() as stack:

        def asked(*tasks: Task) -> Submission:
            return stack.enter_context(
                submission_of(
                    text,
                    tasks,
                    checkpoints=whose.get("checkpoints", CHECKPOINTS),
                    training_seed=info.training_seed or 0,
                    place=whose.get("place"),
                    python=whose.get("python"),
                    sandbox=whose.get("sandbox") or ("none" if run.header.sandbox == "none" else "auto"),
                    memory_gib=whose.get("memory_gib", ALLOWED_MEMORY_GIB),
                )
            )

        try:
            # A baseline's digest covers its checkpoints for all tasks of the run.
            found = asked(*(task if name == task.id else find_task(name) for name in run.header.tasks))
        except ILBenchError as error:
            if len(run.header.tasks) == 1:
                raise
            found = asked(task)
            _note(f"whether this is the run's submission could not be checked: {error}")
        else:
            if found.info.digest != info.digest:
                changed = changes(run.path, found.files)
                _note(
                    f"another submission is replayed: its digest is {found.info.digest[:8]}, that of the "
                    f"run's {info.name!r} {info.digest[:8]}" + (f": {changed}" if changed else "")
                )
        yield found


def warn_of_drift(run: Run, task: Task) -> None:
    """Warns of what is not as it was when the run was recorded: versions, the arithmetic, the task's spec."""
    packages = {*task.packages, "ilbench", "torch"}
    then = {name: version for name, version in run.header.packages.items() if name in packages}
    changes = [
        f"{name} {was} -> {now or 'not installed'}"
        for name, was in then.items()
        if (now := installed_version(name)) != was
    ]
    if changes:
        _note(f"other versions than the run's: {', '.join(changes)}")
    if run.header.arithmetic not in (None, wanted_arithmetic()):
        _note(f"the run was played in {run.header.arithmetic} arithmetic, this is {wanted_arithmetic()}")
    if run.header.tasks[task.id] != task.spec_digest():
        _note(f"{task.id} is not what it was: another spec digest than the run's")


def _where(run: Run) -> str:
    info = run.header.submission
    if info.kind == "folder":
        raise UsageError(
            f"the run scored the submission folder {info.name!r}, of which a run keeps only the digest; "
            "say where it is: --submission PATH"
        )
    if IN_MEMORY in info.details.values():
        raise UsageError(
            f"the run scored {info.name!r}, an object in memory, of which a run keeps only the digest; name "
            "a submission that has its weights: --submission PATH"
        )
    return info.entry


def _note(text: str) -> None:
    warnings.warn(text, ProvenanceWarning, stacklevel=3)
