"""The MiniGrid family: partially observed grid worlds, most of them with missions in words."""

from ilbench.tasks.minigrid.specs import TASKS

__all__ = ["TASKS"]
