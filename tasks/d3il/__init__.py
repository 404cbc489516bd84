"""The d3il family."""

from ilbench.task import Task

TASKS: tuple[Task, ...] = ()
