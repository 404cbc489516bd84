"""The robosuite suite."""

from ilbench.tasks.manipulation.robosuite.tasks import TASKS

__all__ = ["TASKS"]
