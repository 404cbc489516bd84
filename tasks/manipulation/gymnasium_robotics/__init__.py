"""The Adroit suite of Gymnasium-Robotics."""

from ilbench.task import Task
from ilbench.tasks.manipulation.gymnasium_robotics import adroit

TASKS: tuple[Task, ...] = adroit.TASKS
