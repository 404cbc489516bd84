"""LIBERO's tasks for ILBench."""

from ilbench_libero.tasks import TASKS

__all__ = ["TASKS"]
