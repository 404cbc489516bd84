"""Whether records can be of the tasks that they name: what only who knows the tasks can tell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError
from ilbench.runs.folder import JOURNAL
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.run_like import RunLike


def check_possible(run: RunLike, tasks: Mapping[str, Task]) -> None:
    """Checks that no record is of a context, a length or a mode that its task does not have.

    Args:
        run: The run.
        tasks: Tasks by id.

    Raises:
        CorruptFileError: One is; names the episode, the field, what was found and what was expected.
        UnknownNameError: A task of the run is not among them.
    """

    @cache
    def bounds(task: str, split: str) -> tuple[int, int, int]:
        one = tasks[task]
        sizes = {found.name: found.num_contexts for found in one.splits}
        return sizes.get(split, 0), one.horizon, len(one.modes)

    for number, record in enumerate(run.records, start=1):
        num_contexts, horizon, num_modes = bounds(record.task, record.split)
        if (
            record.context >= num_contexts
            or record.length > horizon
            or (record.mode is not None and record.mode >= num_modes)
        ):
            problem = _problem(record, num_contexts, horizon, num_modes)
            raise CorruptFileError(
                run.path / JOURNAL,
                f"episode {number} of the plan, {record.id}: {problem}",
                remedy="it was not played on this task; leave the run out",
            )


def _problem(record: EpisodeRecord, num_contexts: int, horizon: int, num_modes: int) -> str:
    if not num_contexts:
        return f"field 'split': found {record.split!r}, which the task does not have"
    if record.context >= num_contexts:
        return f"field 'context': found {record.context}, expected less than {num_contexts}, the split's"
    if record.length > horizon:
        return f"field 'length': found {record.length}, expected at most the horizon, {horizon}"
    modes = f"less than {num_modes}" if num_modes else "None, for the task has no modes"
    return f"field 'mode': found {record.mode}, expected {modes}"
