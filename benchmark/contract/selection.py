"""Which tasks are meant by ids, suites and lists."""

from __future__ import annotations

from collections.abc import Iterable

from ilbench.contract.registry import find_task, load_registry
from ilbench.contract.task import Task
from ilbench.contract.task_list import find_list
from ilbench.errors import MissingPackageError, UsageError


def select_tasks(
    tasks: Iterable[Task | str] = (), suites: Iterable[str] = (), lists: Iterable[str] = ()
) -> tuple[Task, ...]:
    """Returns the tasks asked for, each once, in the order asked for; all of them can be played.

    Args:
        tasks: Tasks, ids, or import strings ``package.module:TASK``.
        suites: Every task of these suites.
        lists: Every task of these task lists.

    Raises:
        UsageError: Nothing was named.
        UnknownNameError: There is no such task, suite or list.
        MissingPackageError: The simulator of one is not installed.
    """
    named = [one if isinstance(one, Task) else find_task(one) for one in tasks]
    named += [find_task(one) for name in lists for one in find_list(name).tasks]
    named += [one for suite in suites for one in load_registry().select(suite=suite)]
    if not named:
        raise UsageError("no task was named; say --task ID, --suite NAME or --list NAME (see: ilbench list)")
    for one in named:
        check_playable(one)
    return tuple({one.id: one for one in named}.values())


def check_playable(task: Task) -> None:
    """Raises `MissingPackageError` if the task's simulator is not installed."""
    if missing := task.missing_package():
        raise MissingPackageError(f"task {task.id!r}", missing, task.extra)
