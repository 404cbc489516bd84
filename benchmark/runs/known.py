"""The tasks that runs are of: declared by installed packages, handed over, or carried by the runs."""

from __future__ import annotations

from collections.abc import Iterable

from ilbench.contract.registry import Registry, find_task, load_registry
from ilbench.contract.task import Task
from ilbench.errors import RunFolderError
from ilbench.runs.run_like import RunLike


def known_tasks(runs: Iterable[RunLike], handed: Iterable[Task | str] = ()) -> Registry:
    """Returns the tasks by which runs are scored.

    What is handed over is believed first, then what installed packages declare. A run is believed only of a
    task that neither knows: else it could bring its own rules for a task that everybody plays.

    Args:
        runs: The runs.
        handed: Tasks that no installed package declares, or import strings of them.

    Raises:
        RunFolderError: Two runs declare a task otherwise.
    """
    given = [one if isinstance(one, Task) else find_task(one) for one in handed]
    known = {**load_registry(), **{task.id: task for task in given}}
    carriers: dict[str, RunLike] = {}
    for run in runs:
        for task_id, task in run.header.undeclared.items():
            carrier = carriers.get(task_id)
            if carrier is None and task_id not in known:
                carriers[task_id], known[task_id] = run, task
            elif carrier is not None and known[task_id] != task:
                raise RunFolderError(
                    f"{carrier.path} and {run.path} declare {task_id} otherwise, and no installed package "
                    "declares it; hand over the task that is meant: --task package.module:TASK"
                )
    return Registry(known.values())
