"""The MiniGrid suite: partially observed grid worlds, most of them with missions in words."""

from ilbench.tasks.minigrid.tasks import TASKS

__all__ = ["TASKS"]
