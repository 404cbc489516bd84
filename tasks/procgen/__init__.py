"""The procgen family: games whose levels are generated, to measure generalization to unseen ones."""

from ilbench.tasks.procgen.specs import DECLARED, TASKS

__all__ = ["DECLARED", "TASKS"]
