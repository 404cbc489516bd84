"""The ledger of spec digests: a file ``digests.json`` that a package ships beside its tasks' data.

It holds the spec digest of every task of the package by id. A digest may change only together with its task's
version, which the contract's check tells by this file; and the ids in it are known without loading a task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import StorageError
from ilbench.storage import write_atomically

if TYPE_CHECKING:
    from ilbench.contract.task import Task

LEDGER = "digests.json"


def find_ledger(name: str) -> Path | None:
    """Returns the ledger of the package that holds a module or a data folder, or None where it ships none.

    It is that of the innermost package around it that has one, found without importing any but the outermost.

    Args:
        name: Such as ``their_pkg.suite:TASKS`` or ``their_pkg:data/task-v1``.
    """
    folders = _package_folders(name.partition(":")[0])
    return next((found for folder in reversed(folders) if (found := folder / LEDGER).is_file()), None)


def load_ledger(name: str) -> Mapping[str, str]:
    """Returns spec digests by task id, empty where there is no ledger; see `find_ledger`."""
    path = find_ledger(name)
    return {} if path is None else read_ledger(path)


def read_ledger(path: Path) -> Mapping[str, str]:
    """Returns the spec digests in a ledger, by task id."""
    ledger: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return ledger


def ledger_place(task: Task) -> Path:
    """Returns where the ledger of a task is, or would be: in the package of the task's data.

    Raises:
        StorageError: That package is no ordinary folder (a zip).
    """
    found = find_ledger(task.data)
    if found is not None:
        return found
    folders = _package_folders(task.data.partition(":")[0])
    if not folders:
        raise StorageError(
            f"the data of {task.id} lies in no ordinary folder ({task.data}); use a source checkout"
        )
    return folders[-1] / LEDGER


def write_digest(task: Task) -> Path:
    """Writes the task's spec digest into its package's ledger, made if there is none; returns the file.

    Versions of the same task that are no longer registered leave the ledger.

    Raises:
        StorageError: It could not be written.
    """
    from ilbench.contract.registry import load_registry  # late: who only asks for ids loads no task

    path, registered = ledger_place(task), set(load_registry())
    name = _unversioned(task.id)
    kept = {
        one: d for one, d in load_ledger(task.data).items() if one in registered or _unversioned(one) != name
    }
    ledger = {**kept, task.id: task.spec_digest()}
    write_atomically(path, json.dumps(ledger, indent=1, sort_keys=True) + "\n")
    return path


def _unversioned(task_id: str) -> str:
    return task_id.rpartition("-v")[0]


def _package_folders(module: str) -> list[Path]:
    """Returns the folder of each package around a module, the outermost first."""
    names = module.split(".")
    spec = find_spec(names[0])
    folders: list[Path] = []
    for depth in range(1, len(names) + 1):
        if spec is None or not spec.submodule_search_locations:
            break
        places = [*spec.submodule_search_locations]
        folders.append(Path(places[0]))
        if depth < len(names):
            inner = ".".join(names[: depth + 1])
            spec = PathFinder.find_spec(inner, places) or (find_spec(inner) if depth == 1 else None)
    return folders
