"""The manipulation family: robosuite and Meta-World."""

from ilbench.task import Task
from ilbench.tasks.manipulation.metaworld_tasks import METAWORLD_TASKS
from ilbench.tasks.manipulation.robosuite_tasks import ROBOSUITE_TASKS

TASKS: tuple[Task, ...] = (*ROBOSUITE_TASKS, *METAWORLD_TASKS)
