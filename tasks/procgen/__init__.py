"""The procgen family."""

from ilbench.task import Task

TASKS: tuple[Task, ...] = ()
