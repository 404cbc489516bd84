"""D3IL-style tasks: many right ways to do one thing, on this project's own MuJoCo environments."""

from ilbench.contract.task import Task
from ilbench.tasks.d3il.rod_tasks import (
    ALIGNING,
    ALIGNING_IMAGE,
    AVOIDING,
    INSERTING,
    PUSHING,
    SORTING_2,
    SORTING_4,
    SORTING_4_IMAGE,
    SORTING_6,
)
from ilbench.tasks.d3il.stacking_tasks import STACKING_1, STACKING_2, STACKING_3, STACKING_3_IMAGE

TASKS: tuple[Task, ...] = (
    AVOIDING,
    ALIGNING,
    PUSHING,
    SORTING_2,
    SORTING_4,
    SORTING_6,
    INSERTING,
    STACKING_1,
    STACKING_2,
    STACKING_3,
    ALIGNING_IMAGE,
    SORTING_4_IMAGE,
    STACKING_3_IMAGE,
)
"""All tasks of the suite."""
