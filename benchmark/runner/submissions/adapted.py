"""Weights of other libraries as policies: what a worker is told of adapter, weights and mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.plain_text import one_line
from ilbench.runner.submissions.adapters import Adapter
from ilbench.runner.submissions.mapping_table import MappingTable

RESERVED = ("path", "mapping")
"""Arguments that an adapter is given by us."""


def adapted(
    adapter: Adapter, weights: Path, mapping: MappingTable, spec: PolicySpec, tasks: Sequence[Task]
) -> Mapping[str, PolicySpec]:
    """Returns how the weights are loaded for each task, by its id.

    Args:
        adapter: Who loads them.
        weights: Where they are.
        mapping: Which field feeds which input.
        spec: All else; its arguments are the adapter's options.
        tasks: What is played.

    Raises:
        InvalidSubmissionError: The mapping asks for what a task does not have, or an option has a name that
            is the harness's own.
    """
    for name in RESERVED:
        if name in spec.arguments:
            raise InvalidSubmissionError(
                f"field 'arguments.{name}' is what the adapter {adapter.name!r} is given already; found it, "
                "expected other names"
            )
    search_path = (*adapter.search_path, *spec.search_path)
    load = adapter.entry_in(spec.place)
    policies = {}
    for task in tasks:
        told = {**spec.arguments, "path": str(weights), "mapping": mapping.told(task)}
        policies[task.id] = spec.model_copy(
            update={"load": load, "arguments": told, "search_path": search_path}
        )
    return policies


def find_weights(folder: Path, name: str) -> Path:
    """Returns where the weights are in the copy of a submission's folder.

    Raises:
        InvalidSubmissionError: There is nothing of that name in it.
    """
    found = folder / name
    if not found.exists() or not found.resolve().is_relative_to(folder.resolve()):
        raise InvalidSubmissionError(
            f"field 'weights': expected a file or a folder of the submission, found {one_line(name)!r}, "
            "which is none; give its path relative to the folder"
        )
    return found
