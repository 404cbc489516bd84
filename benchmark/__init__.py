"""ILBench: imitation-learning policies scored on success, diversity and generalization."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ilbench.record import EpisodeRecord
    from ilbench.registry import find_task, load_registry
    from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task

__version__ = "0.1.0"

_HOMES = {
    "ActionField": "ilbench.task",
    "DemonstrationPlan": "ilbench.task",
    "EpisodeRecord": "ilbench.record",
    "Field": "ilbench.task",
    "Preset": "ilbench.task",
    "Split": "ilbench.task",
    "Task": "ilbench.task",
    "find_task": "ilbench.registry",
    "load_registry": "ilbench.registry",
}

__all__ = [
    "ActionField",
    "DemonstrationPlan",
    "EpisodeRecord",
    "Field",
    "Preset",
    "Split",
    "Task",
    "find_task",
    "load_registry",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ilbench' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
