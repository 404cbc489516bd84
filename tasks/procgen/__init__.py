"""The Procgen suite: games whose levels are generated, to measure generalization to unseen ones."""

from ilbench.tasks.procgen.tasks import DECLARED, TASKS

__all__ = ["DECLARED", "TASKS"]
