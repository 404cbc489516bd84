"""ILBench: imitation-learning policies scored on success, diversity and generalization."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations, load_demonstrations
    from ilbench.record import EpisodeRecord
    from ilbench.registry import find_task, load_registry
    from ilbench.run_folder import Run, load_run
    from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task
    from ilbench.task_list import TaskList, find_list

__version__ = "0.1.0"

_HOMES = {
    "ActionField": "ilbench.task",
    "DemonstrationPlan": "ilbench.task",
    "Demonstrations": "ilbench.demonstrations",
    "EpisodeRecord": "ilbench.record",
    "Field": "ilbench.task",
    "Preset": "ilbench.task",
    "Run": "ilbench.run_folder",
    "Split": "ilbench.task",
    "Task": "ilbench.task",
    "TaskList": "ilbench.task_list",
    "find_list": "ilbench.task_list",
    "find_task": "ilbench.registry",
    "load_demonstrations": "ilbench.demonstrations",
    "load_registry": "ilbench.registry",
    "load_run": "ilbench.run_folder",
}

__all__ = [
    "ActionField",
    "DemonstrationPlan",
    "Demonstrations",
    "EpisodeRecord",
    "Field",
    "Preset",
    "Run",
    "Split",
    "Task",
    "TaskList",
    "find_list",
    "find_task",
    "load_demonstrations",
    "load_registry",
    "load_run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ilbench' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
