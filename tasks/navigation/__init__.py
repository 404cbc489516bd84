"""The navigation family: mazes in continuous space."""

from ilbench.tasks.navigation.specs import POINTMAZE_MEDIUM

TASKS = (POINTMAZE_MEDIUM,)
