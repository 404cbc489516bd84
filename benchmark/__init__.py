"""ILBench: imitation-learning policies scored on success, diversity and generalization."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ilbench.contract.fields import ActionField, Field
    from ilbench.contract.registry import find_task, load_registry
    from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
    from ilbench.contract.task_list import TaskList, find_list
    from ilbench.demonstrations import Demonstrations, load_demonstrations
    from ilbench.runs.folder import Run, load_run
    from ilbench.runs.record import EpisodeRecord

__version__ = "0.1.0"

_HOMES = {
    "ActionField": "ilbench.contract.fields",
    "DemonstrationPlan": "ilbench.contract.task",
    "Demonstrations": "ilbench.demonstrations",
    "EpisodeRecord": "ilbench.runs.record",
    "Field": "ilbench.contract.fields",
    "Preset": "ilbench.contract.task",
    "Run": "ilbench.runs.folder",
    "Split": "ilbench.contract.task",
    "Task": "ilbench.contract.task",
    "TaskList": "ilbench.contract.task_list",
    "find_list": "ilbench.contract.task_list",
    "find_task": "ilbench.contract.registry",
    "load_demonstrations": "ilbench.demonstrations",
    "load_registry": "ilbench.contract.registry",
    "load_run": "ilbench.runs.folder",
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
