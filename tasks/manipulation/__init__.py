"""Manipulation, one folder a package of suites."""

from ilbench.contract.task import Task
from ilbench.tasks.manipulation import gymnasium_robotics, metaworld, pusht, robosuite

TASKS: tuple[Task, ...] = (*robosuite.TASKS, *metaworld.TASKS, *gymnasium_robotics.TASKS, *pusht.TASKS)
