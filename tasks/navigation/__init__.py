"""The navigation family."""

from ilbench.task import Task

TASKS: tuple[Task, ...] = ()
