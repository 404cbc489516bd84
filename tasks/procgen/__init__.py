"""The procgen family: games whose levels are generated, to measure generalization to unseen ones."""

from ilbench.task import Task
from ilbench.tasks.procgen.specs import MAZE

TASKS: tuple[Task, ...] = (MAZE,)
