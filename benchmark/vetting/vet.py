"""The whole look at a submission: every mistake in one go, each in a line, before anything long is begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ilbench.contract.convention import find_differences
from ilbench.contract.policy import Sandbox
from ilbench.contract.registry import find_task
from ilbench.contract.task import Task
from ilbench.errors import ILBenchError, InvalidSubmissionError, UnknownNameError
from ilbench.runner.hosts.sandboxes.choice import SandboxError, choose_sandbox
from ilbench.runner.submissions.interpreters import packages_of
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runner.submissions.placement import ANYWHERE, Placement
from ilbench.runner.submissions.submission import Submission
from ilbench.runner.submissions.submission_file import (
    FILE,
    InvalidSubmissionFileError,
    SubmissionFile,
    read_submission_file,
)
from ilbench.vetting.acting import check_acting
from ilbench.vetting.claims import check_claims
from ilbench.vetting.environment import CHECK, check_requirements
from ilbench.vetting.files import check_files
from ilbench.vetting.finding import Finding, doubtful, fine, wrong
from ilbench.vetting.rehearsal import Patience
from ilbench.vetting.stage import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a submission is looked at.

    Attributes:
        tasks: On which it is tried; those that it names itself if there are none.
        num_workers: Of the run whose length is estimated.
        patience: How long it may take.
        placement: Where its processes run, and what they are kept in.
        tell: Called with what goes on, between findings.
    """

    tasks: Sequence[Task] = ()
    num_workers: int = 1
    patience: Patience = field(default_factory=Patience)
    placement: Placement = ANYWHERE
    tell: Tell = lambda text: None


def vet(folder: Path, wish: Wish) -> Iterator[Finding]:
    """Yields what is found in a submission's folder, each as it is found.

    Nothing that it does is an error here: all of it is a finding.
    """
    content = None
    try:
        content, _ = read_submission_file(folder)
        yield fine(FILE, content.name)
    except InvalidSubmissionFileError as error:
        yield from (wrong(FILE, problem, "correct the field") for problem in error.problems)
    except InvalidSubmissionError as error:
        yield wrong(FILE, str(error), "see docs/policies.md for what stands in it")
    if folder.is_dir():
        yield check_files(folder)
    if content is not None:
        yield from check_claims(content)
        before = list(_check_before_playing(folder, content, wish))
        yield from before
        if not any(one.verdict == "error" and one.check in ("sandbox", "python") for one in before):
            yield from _check_playing(folder, content, wish)


def _check_before_playing(folder: Path, content: SubmissionFile, wish: Wish) -> Iterator[Finding]:
    try:
        sandbox = choose_sandbox(wish.placement.sandbox)
    except SandboxError as error:
        yield wrong("sandbox", str(error), "install one, or say --sandbox none for code that you trust")
        return
    yield fine("sandbox", sandbox)
    yield from _check_environment(folder, content, sandbox)


def _check_environment(folder: Path, content: SubmissionFile, sandbox: Sandbox) -> Iterator[Finding]:
    installed = {}
    if content.python is not None:
        try:
            python = str(folder.resolve() / content.python)
            installed = dict(packages_of(python, "field 'python'", sandbox))
            yield fine("python", f"{content.python}, {len(installed)} packages")
        except InvalidSubmissionError as error:
            yield wrong("python", str(error), "make its environment again, with NumPy in it")
    if content.requirements is not None:
        yield from check_requirements(folder / content.requirements, installed)
    elif content.python is not None or content.adapter is not None:
        yield doubtful(
            CHECK,
            "no recipe of the policy's environment",
            'write one and name it: requirements = "requirements.txt"',
        )


def _check_playing(folder: Path, content: SubmissionFile, wish: Wish) -> Iterator[Finding]:
    tasks = list(wish.tasks)
    if not tasks:
        for name in content.tasks:
            try:
                tasks.append(find_task(name))
            except UnknownNameError as error:
                yield wrong("tasks", str(error), "correct the field 'tasks'")
    if not tasks and not content.tasks:
        yield doubtful("tasks", "none named, so it was not loaded", "name them in 'tasks', or with --task")
    elif tasks:
        yield from _check_tasks(folder, tasks, wish)


def _check_tasks(folder: Path, tasks: Sequence[Task], wish: Wish) -> Iterator[Finding]:
    """Yields what is found on each task; one that the submission does not fit spoils no other."""
    with ExitStack() as stack:
        try:
            submission = stack.enter_context(submission_of(folder, tasks, placement=wish.placement))
        except ILBenchError as error:
            if len(tasks) == 1:
                yield wrong("load", str(error), f"mend {FILE} or what it names", tasks[0].id)
            else:
                for task in tasks:
                    yield from _check_tasks(folder, [task], wish)
            return
        yield fine("digest", submission.info.digest)
        for task in tasks:
            yield from _check_task(submission, task, wish)


def _check_task(submission: Submission, task: Task, wish: Wish) -> Iterator[Finding]:
    spec = submission.policies[task.id]
    yield from _check_convention(spec.convention, task)
    yield from check_acting(spec, task, wish.num_workers, wish.patience, wish.tell)


def _check_convention(stated: Mapping[str, Any], task: Task) -> Iterator[Finding]:
    check, wanted = "convention", task.convention
    if wanted is None:
        yield fine(check, "the task states none", task.id)
        return
    for one in find_differences(wanted, stated):
        found = f"{one.key}: task {one.task}, submission {one.submission}"
        yield wrong(check, found, one.remedy, task.id)
    if not stated:
        yield fine(check, f"not stated; the task takes: {wanted.in_words()}", task.id)
    elif not find_differences(wanted, stated):
        yield fine(check, f"agrees in {', '.join(stated)}", task.id)
