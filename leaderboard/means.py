"""Means: the three scores of a row over several tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.row import Means, ModesFound
from ilbench.scores import Estimate, SplitScores, TaskScores, UndefinedScoreError, summarize_generalization
from ilbench.scores.statistics.estimate import mean, ratio, weighted_sum

ENOUGH = 10
"""Successes that tell one way from two: of two that are equally likely, ten show one alone once in 512."""


def mean_scores(scores: Mapping[str, TaskScores], tasks: Sequence[str], multimodal: Sequence[str]) -> Means:
    """Returns the three scores over some tasks; each is None where a task lacks what it is made of.

    Args:
        scores: A row's scores by task.
        tasks: The tasks.
        multimodal: Those among them that have modes.
    """
    found = [scores[task] for task in tasks if task in scores]
    if not tasks or len(found) < len(tasks):
        return Means()
    held_out = [split for one in found if (split := one.splits.get(HEADLINE))]
    summary = summarize_generalization(found)
    shifted = [one for one in found if one.shifts]
    return Means(
        success=mean([split.success for split in held_out]) if len(held_out) == len(tasks) else None,
        diversity=_diversity([scores[task].splits.get(HEADLINE) for task in multimodal]),
        generalization=summary.retention if summary.num_tasks == len(tasks) else None,
        under_shifts=_kept_under_shifts(shifted),
        num_shifted_tasks=len(shifted),
    )


def find_modes(scores: Mapping[str, TaskScores], multimodal: Sequence[str]) -> ModesFound | None:
    """Returns how many ways the successes on some tasks show; None where there is no such task.

    Args:
        scores: A row's scores by task.
        multimodal: Tasks that have modes; those that the row lacks count for nothing.
    """
    splits = {task: scores[task].splits.get(HEADLINE) for task in multimodal if task in scores}
    found = {task: split.diversity for task, split in splits.items() if split and split.diversity}
    if not found:
        return None
    return ModesFound(
        found=sum(diversity.num_modes_found for diversity in found.values()),
        total=sum(diversity.num_modes for diversity in found.values()),
        one_way=tuple(
            task
            for task, diversity in found.items()
            if diversity.num_successes >= ENOUGH and diversity.entropy and diversity.entropy.value == 0
        ),
    )


def _diversity(splits: Sequence[SplitScores | None]) -> Estimate | None:
    """Returns the mean entropy; a task without a success has shown no way at all, and counts as 0."""
    played = [split for split in splits if split and split.diversity]
    entropies = [split.diversity.entropy for split in played if split.diversity]
    if not splits or len(played) < len(splits) or not any(entropies):
        return None
    return mean([found or _nothing_shown(split) for found, split in zip(entropies, played, strict=True)])


def _nothing_shown(split: SplitScores) -> Estimate:
    return Estimate(value=0.0, low=0.0, high=0.0, n=split.num_episodes, method="no success")


def _kept_under_shifts(shifted: Sequence[TaskScores]) -> Estimate | None:
    """Returns mean success under shifts over that on test.

    The shifts of a task count as fully correlated, and shifts and test as independent: never too narrow.
    """
    if not shifted:
        return None
    under = [_together([one.splits[shift.split].success for shift in one.shifts]) for one in shifted]
    try:
        return ratio(mean(under), mean([one.splits[HEADLINE].success for one in shifted]))
    except UndefinedScoreError:
        return None


def _together(estimates: Sequence[Estimate]) -> Estimate:
    weights = [1 / len(estimates)] * len(estimates)
    return weighted_sum(estimates, weights, "mean of correlated", lambda first, second: 1.0)
