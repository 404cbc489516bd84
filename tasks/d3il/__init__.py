"""D3IL-style tasks: many right ways to do one thing, on this project's own MuJoCo environments."""

from ilbench.contract.task import Task
from ilbench.tasks.d3il.aligning import ALIGNING, ALIGNING_IMAGE
from ilbench.tasks.d3il.avoiding import AVOIDING
from ilbench.tasks.d3il.inserting import INSERTING
from ilbench.tasks.d3il.pushing import PUSHING
from ilbench.tasks.d3il.sorting import SORTING_2, SORTING_4, SORTING_4_IMAGE, SORTING_6
from ilbench.tasks.d3il.stacking import STACKING_1, STACKING_2, STACKING_3, STACKING_3_IMAGE

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
"""The D3IL family."""
