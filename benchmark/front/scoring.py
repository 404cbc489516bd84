"""What runs are worth: their scores, which of two is better, and the leaderboard of many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ilbench.front.finding import names

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.leaderboard import Leaderboard
    from ilbench.runs.given import AnyRun
    from ilbench.scores import TaskScores
    from ilbench.scores.comparison.policy_comparison import PolicyComparison
    from ilbench.scores.statistics.intervals import IntervalName


def score(
    run: AnyRun, *, interval: IntervalName = "wilson", tasks: Iterable[Task | str] = ()
) -> dict[str, TaskScores]:
    """Returns the scores of each task of a run that has an episode to score, by task id.

    Scores are recomputed from the episodes: success, return, time to success, diversity, generalization, each
    with its interval and n.

    Args:
        run: A run, or its folder.
        interval: Of success rates: ``wilson``, ``clopper-pearson`` or ``jeffreys``.
        tasks: Tasks, or import strings of tasks, that neither an installed package declares nor the run
            carries; they are believed before both.

    Raises:
        UnknownNameError: A task of the run is not known here; hand it over in `tasks`.

    Example::

        scores = ilbench.score("runs/mine")["d3il/avoiding-v3"]
        scores.splits["test"].success.value
    """
    from ilbench.runs.given import given_run
    from ilbench.runs.known import known_tasks
    from ilbench.scores import INTERVALS, score_run

    loaded = given_run(run)
    found = score_run(loaded, known_tasks((loaded,), tasks), interval=INTERVALS[interval])
    return {scores.task: scores for scores in found}


def compare(
    first: AnyRun | Sequence[AnyRun],
    second: AnyRun | Sequence[AnyRun],
    *,
    split: str | Sequence[str] | None = "test",
) -> PolicyComparison:
    """Returns whether one policy is better than another, on the episodes that both have played.

    Args:
        first: Runs of one policy, one or several training seeds: a run, its folder, a folder of runs, or a
            sequence of these.
        second: The same of the other policy.
        split: Only these splits; None for every split, and each more makes every p-value larger.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: They were played under different specs of a task.
        RunFolderError: A side holds no run, or runs of several submissions.

    Example::

        found = ilbench.compare("runs/bc-mlp", "runs/diffusion")
    """
    from ilbench.runs.given import runs_of_one
    from ilbench.scores import compare_runs

    splits = None if split is None else names(split)
    return compare_runs(runs_of_one(first), runs_of_one(second), splits=splits)


def leaderboard(
    *runs: AnyRun | Sequence[AnyRun],
    board: str | None = None,
    preset: str | None = None,
    task_list: str | None = None,
    tasks: Sequence[str] | None = None,
    undeclared: Iterable[Task | str] = (),
) -> Leaderboard:
    """Returns the leaderboard of runs: who has played all of a board is ranked.

    Args:
        *runs: Runs, folders that hold some at any depth, or sequences of these.
        board: A declared board; for the default see `ilbench.leaderboard.choice.find_wanted`.
        preset: Which preset is ranked, instead of the board's; no table mixes two.
        task_list: The means are over the tasks of this list.
        tasks: The means are over these tasks.
        undeclared: Tasks that neither an installed package declares nor the runs carry; believed before both.

    Raises:
        UsageError: `board` is given beside `task_list` or `tasks`.
        UnknownNameError: There is no such board, list or task, or no run is of a task that is known here.
        EmptyScoreError: There is no run, or none of the board.
        RunFolderError: A path does not exist, or there is no run in any.

    Example::

        board = ilbench.leaderboard("results", run, board="d3il")
        print(ilbench.leaderboard.render(board, "md"))
    """
    from ilbench.checks.published import as_published
    from ilbench.contract.task_list import find_list
    from ilbench.leaderboard.given import build_of_given

    wanted = tasks if task_list is None else find_list(task_list).tasks
    return build_of_given(runs, as_published, board, preset, wanted, undeclared)
