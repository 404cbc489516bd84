"""The suites of Gymnasium-Robotics: Adroit, Fetch and Franka kitchen."""

from ilbench.contract.task import Task
from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks, fetch_tasks, kitchen_tasks

TASKS: tuple[Task, ...] = (*adroit_tasks.TASKS, *fetch_tasks.TASKS, *kitchen_tasks.TASKS)
