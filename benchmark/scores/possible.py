"""Whether records can be of the tasks that they name: what only who knows the tasks can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from ilbench.contract.task import Task
from ilbench.errors import CorruptFileError
from ilbench.runs.journal_file import journal_of
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
        return _num_contexts(one, split), one.horizon, len(one.modes)

    for number, record in enumerate(run.records, start=1):
        num_contexts, horizon, num_modes = bounds(record.task, record.split)
        if (
            record.context >= num_contexts
            or record.length > horizon
            or (record.mode is not None and record.mode >= num_modes)
        ):
            field, found, expected = next(_out_of_bounds(record, tasks[record.task]))
            raise CorruptFileError(
                journal_of(run.path),
                f"episode {number} of the plan, {record.id}: field {field!r}: found {found!r}, {expected}",
                remedy="it was not played on this task; leave the run out",
            )


def why_impossible(record: EpisodeRecord, task: Task) -> Iterator[tuple[str, object, str]]:
    """Yields each field of a record that its task does not allow: its name, what it says, what was expected.

    Beside what `check_possible` looks at that is how horizon and success rule of the task end an episode.
    """
    for field, found, expected in _out_of_bounds(record, task):
        yield field, found, expected.removeprefix("expected ")
    if record.truncated and record.length < task.horizon:
        yield "length", record.length, f"the horizon, {task.horizon}: the episode was truncated"
    is_ok = record.status == "ok"
    if is_ok and task.stops_on_success and record.success and not record.terminated:
        yield "terminated", False, "true: a success ends an episode of this task"
    if record.status != "env_error" and (record.final_success is not None) != task.reports_final_success:
        expected = "true or false" if task.reports_final_success else "nothing, for success says it"
        yield "final_success", record.final_success, expected


def _num_contexts(task: Task, split: str) -> int:
    return next((found.num_contexts for found in task.splits if found.name == split), 0)


def _out_of_bounds(record: EpisodeRecord, task: Task) -> Iterator[tuple[str, object, str]]:
    num_contexts, num_modes = _num_contexts(task, record.split), len(task.modes)
    if not num_contexts:
        yield "split", record.split, "which the task does not have"
    elif record.context >= num_contexts:
        yield "context", record.context, f"expected less than {num_contexts}, the split's"
    if record.length > task.horizon:
        yield "length", record.length, f"expected at most the horizon, {task.horizon}"
    if record.mode is not None and record.mode >= num_modes:
        modes = f"less than {num_modes}" if num_modes else "None, for the task has no modes"
        yield "mode", record.mode, f"expected {modes}"
