"""The MiniGrid family: partially observed grid worlds."""

from ilbench.tasks.minigrid.specs import GOTO_LOCAL

TASKS = (GOTO_LOCAL,)
