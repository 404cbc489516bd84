"""The scores of a run, task by task."""

from __future__ import annotations

from collections.abc import Mapping

from ilbench.contract.task import Task
from ilbench.runs.known import known_tasks
from ilbench.runs.run_like import RunLike
from ilbench.scores.episode_table import EpisodeTable
from ilbench.scores.possible import check_possible
from ilbench.scores.statistics.intervals import RateInterval, wilson
from ilbench.scores.task_scores import TaskScores, score_task


def score_run(
    run: RunLike, tasks: Mapping[str, Task] | None = None, *, interval: RateInterval = wilson
) -> tuple[TaskScores, ...]:
    """Returns the scores of each task of a run that has an episode to score, in the run's order.

    Args:
        run: The run.
        tasks: Tasks by id; those of `ilbench.runs.known.known_tasks` if None.
        interval: Of the success rates, from `ilbench.scores.statistics.intervals`.

    Raises:
        UnknownNameError: A task of the run is not among them.
        MismatchedRecordsError: An episode occurs twice.
        CorruptFileError: A record cannot be of its task, see `ilbench.scores.possible`.
    """
    known = known_tasks((run,)) if tasks is None else tasks
    check_possible(run, known)
    table = EpisodeTable.of_runs([run.records])
    names = dict.fromkeys(task for task, _ in table.scored().played)
    return tuple(score_task(known[name], table.of_task(name), interval=interval) for name in names)
