"""The Meta-World suite."""

from ilbench.tasks.manipulation.metaworld.tasks import TASKS

__all__ = ["TASKS"]
