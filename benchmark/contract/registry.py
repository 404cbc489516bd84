"""The registry: every task that this project or an installed package declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ilbench.contract.task import Task
from ilbench.errors import InvalidTaskError, UnknownNameError
from ilbench.importing import is_import_string, load_object
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.tasks"


class Registry(Mapping[str, Task]):
    """Tasks by id, in the order declared; read-only.

    Raises:
        DuplicateNameError: Two tasks share an id.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = by_name(tasks, "task", lambda task: task.id)

    def __getitem__(self, task_id: str) -> Task:
        if task_id not in self._tasks:
            raise UnknownNameError("task", task_id, self._tasks)
        return self._tasks[task_id]

    def __contains__(self, task_id: object) -> bool:
        # Mapping's own looks the key up and waits for a KeyError, which an unknown name is not; so for `get`.
        return task_id in self._tasks

    def get(self, task_id: str, default: Any = None, /) -> Any:
        """Returns the task of that id, or `default`."""
        return self._tasks.get(task_id, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def suites(self) -> tuple[str, ...]:
        """The suites, each once, in order."""
        return tuple(dict.fromkeys(task.suite for task in self._tasks.values()))

    def select(
        self, *, suite: str | None = None, tag: str | None = None, text: str | None = None
    ) -> tuple[Task, ...]:
        """Returns the tasks that pass every given filter.

        Args:
            suite: Exactly this suite.
            tag: Among the task's tags.
            text: In the id or the summary, whatever the case.

        Raises:
            UnknownNameError: No task has that suite or tag.
        """
        tasks = tuple(self._tasks.values())
        if suite is not None and suite not in self.suites:
            raise UnknownNameError("suite", suite, self.suites)
        tags = {t for task in tasks for t in task.tags}
        if tag is not None and tag not in tags:
            raise UnknownNameError("tag", tag, tags)
        needle = (text or "").lower()
        return tuple(
            task
            for task in tasks
            if (suite is None or task.suite == suite)
            and (tag is None or tag in task.tags)
            and needle in f"{task.id} {task.summary}".lower()
        )


def load_registry(extra: Iterable[str] = ()) -> Registry:
    """Returns the registry of all installed packages' tasks.

    A package adds its own through the entry-point group ``ilbench.tasks``, whose value is an import
    string of a sequence of tasks, such as ``their_pkg.suite:TASKS``.

    Args:
        extra: Import strings of further task sequences.
    """
    return Registry(load_plugins(ENTRY_POINTS, Task, extra))


def find_task(name: str) -> Task:
    """Returns the task with that id, or the one that an import string ``package.module:TASK`` names."""
    if is_import_string(name):
        found = load_object(name)
        if not isinstance(found, Task):
            raise InvalidTaskError(f"{name!r} must lead to an ilbench.Task, found {type(found).__name__}")
        return found
    return load_registry()[name]
