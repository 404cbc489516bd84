"""Scores over a task list: tasks trained on, and tasks held out as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ilbench.contract.task_list import TaskList
from ilbench.errors import EmptyScoreError
from ilbench.scores.statistics.estimate import Estimate, difference, mean
from ilbench.scores.task_scores import TaskScores


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScores:
    """Mean success over the tasks of a list, every task counting the same.

    Attributes:
        name: Name of the list.
        seen: On the ``train`` split of the tasks trained on; None if it was not run on each.
        context_held_out: On their ``test`` split.
        task_held_out: On the ``test`` split of the tasks held out as a whole; None for a list without.
        task_gap: `context_held_out` less `task_held_out`.
    """

    name: str
    seen: Estimate | None
    context_held_out: Estimate
    task_held_out: Estimate | None
    task_gap: Estimate | None


def score_list(task_list: TaskList, scores: Mapping[str, TaskScores]) -> ListScores:
    """Returns the scores of one policy over a task list.

    Args:
        task_list: The list.
        scores: The policy's scores by task; further tasks are left aside.

    Raises:
        EmptyScoreError: A task of the list was not run on ``test``: a mean over the others is another score.
    """
    held_out = _mean(task_list.train, "test", scores)
    missing = [task for task in task_list.tasks if _success(task, "test", scores) is None]
    if held_out is None or missing:
        raise EmptyScoreError(f"{task_list.name} needs the test split of {', '.join(missing)}; run it first")
    unseen = _mean(task_list.test, "test", scores) if task_list.test else None
    return ListScores(
        name=task_list.name,
        seen=_mean(task_list.train, "train", scores),
        context_held_out=held_out,
        task_held_out=unseen,
        task_gap=None if unseen is None else difference(held_out, unseen),
    )


def _mean(tasks: Sequence[str], split: str, scores: Mapping[str, TaskScores]) -> Estimate | None:
    estimates = [_success(task, split, scores) for task in tasks]
    found = [estimate for estimate in estimates if estimate is not None]
    return mean(found) if len(found) == len(tasks) else None


def _success(task: str, split: str, scores: Mapping[str, TaskScores]) -> Estimate | None:
    if task not in scores or split not in scores[task].splits:
        return None
    return scores[task].splits[split].success
