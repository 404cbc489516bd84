"""The PushT suite."""

from ilbench.tasks.manipulation.pusht.tasks import TASKS

__all__ = ["TASKS"]
