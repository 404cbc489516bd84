"""The contract of a task, as checks that any package can run on its own.

Over the tasks of a package, with pytest::

    @pytest.fixture(scope="module", params=TASKS, ids=lambda task: task.id)
    def subject(request):
        subject = TaskSubject(request.param)
        yield subject
        subject.close()

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
    def test_a_task_keeps_its_contract(check, subject):
        assert check.problems(subject) == []

Tests of one task then follow one another and share its environment. Where the simulator is not installed,
the checks of `DECLARATION_CHECKS` with ``simulates=False`` still say something.
"""

from __future__ import annotations

from collections.abc import Sequence

from ilbench.contract.task import Task
from ilbench.errors import MissingPackageError
from ilbench.testing.contract import Check, Problem
from ilbench.testing.declaration_checks import DECLARATION_CHECKS
from ilbench.testing.environment_checks import ENVIRONMENT_CHECKS
from ilbench.testing.expert_checks import EXPERT_CHECKS
from ilbench.testing.task_subject import TaskSubject

CHECKS: tuple[Check[TaskSubject], ...] = (*DECLARATION_CHECKS, *ENVIRONMENT_CHECKS, *EXPERT_CHECKS)
"""Every promise of a task, those first that need no simulator."""


def check_task(task: Task, checks: Sequence[Check[TaskSubject]] = CHECKS) -> list[Problem]:
    """Returns in what a task breaks its contract, in the order of the checks; empty for a sound task.

    Args:
        task: Registered or not: a value is enough.
        checks: Some of `CHECKS`.

    Raises:
        MissingPackageError: The simulator is not installed, and a check makes an environment.
    """
    missing = task.missing_package()
    if missing is not None and any(check.simulates for check in checks):
        raise MissingPackageError(f"task {task.id!r}", missing, task.extra)
    subject = TaskSubject(task)
    try:
        return [problem for check in checks for problem in check.problems(subject)]
    finally:
        subject.close()
