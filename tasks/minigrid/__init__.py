"""The minigrid family."""

from ilbench.task import Task

TASKS: tuple[Task, ...] = ()
