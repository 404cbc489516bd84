"""The files that a task ships, as its author writes them: contexts, golden trajectory, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ilbench.contract.shipped import CONTEXTS, MEASURED, Reference, write_resource
from ilbench.contract.task import Task
from ilbench.errors import InvalidTaskError
from ilbench.importing import load_object

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations


def write_contexts(task: Task) -> Path:
    """Writes the contexts that the task's generator makes; returns the file.

    Raises:
        InvalidTaskError: The task shares another one's contexts.
        StorageError: It cannot be written.
    """
    if task.contexts_of is not None:
        raise InvalidTaskError(f"{task.id} has no contexts of its own: it shares those in {task.contexts_of}")
    return write_resource(task.data, CONTEXTS, load_object(task.make_contexts)())


def write_measured(
    task: Task, references: Mapping[str, Reference], demonstrations: Demonstrations | None
) -> Path:
    """Writes what the reference policies reached and what the standard demonstrations are; returns the file.

    Raises:
        StorageError: It cannot be written.
    """
    measured: dict[str, Any] = {"references": {name: asdict(one) for name, one in references.items()}}
    if demonstrations is not None:
        measured["demonstrations"] = {
            "checksum": demonstrations.checksum,
            "count": len(demonstrations),
            "num_steps": demonstrations.num_steps,
            "modes": {str(mode): n for mode, n in sorted(demonstrations.mode_counts.items())},
        }
    return write_resource(task.data, MEASURED, measured)
