"""Which tasks there are, and which are meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ilbench.contract.task import Task


def tasks(*, suite: str | None = None, tag: str | None = None, text: str | None = None) -> list[Task]:
    """Returns the tasks of all installed packages that pass every given filter.

    Args:
        suite: Exactly this suite.
        tag: With this tag.
        text: With this text in the id or the summary.

    Raises:
        UnknownNameError: No task has that suite or tag.

    Example::

        [task.id for task in ilbench.tasks(suite="d3il")]
    """
    from ilbench.contract.registry import load_registry

    return list(load_registry().select(suite=suite, tag=tag, text=text))


def task(name: str) -> Task:
    """Returns the task of an id, or of an import string ``package.module:TASK``.

    Raises:
        UnknownNameError: There is none; the message names the ones that are spelled alike.

    Example::

        ilbench.task("d3il/avoiding-v3").horizon
    """
    from ilbench.contract.registry import find_task

    return find_task(name)


def names(value: str | Iterable[str]) -> list[str]:
    """Returns one name, or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def wanted(task: Task | str | None, tasks: Iterable[Task | str]) -> list[Task | str]:
    """Returns all that is asked for: one task, and several."""
    return [*tasks] if task is None else [task, *tasks]
