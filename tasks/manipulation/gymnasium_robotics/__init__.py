"""The suites of Gymnasium-Robotics: Adroit, Fetch and Franka kitchen."""

from ilbench.contract.task import Task
from ilbench.tasks.manipulation.gymnasium_robotics import adroit, fetch, kitchen

TASKS: tuple[Task, ...] = (*adroit.TASKS, *fetch.TASKS, *kitchen.TASKS)
