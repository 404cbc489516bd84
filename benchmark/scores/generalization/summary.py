"""Generalization over tasks: means of the gaps of one policy, every task counting the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from ilbench.scores.generalization.gaps import Generalization
from ilbench.scores.generalization.shifts import TEST
from ilbench.scores.statistics.estimate import Estimate, UndefinedScoreError, mean, ratio, weighted_sum
from ilbench.scores.task_scores import TaskScores


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralizationSummary:
    """Means over tasks. Each is None where no task has what it is made of.

    Attributes:
        num_tasks: Tasks whose ``train`` and ``test`` have a training seed in common: those that `gap`
            and `retention` are over.
        gap: Mean of success on ``train`` minus that on ``test``, in [-1, 1].
        retention: Mean success on ``test`` over mean success on ``train``, of the same tasks. A mean of the
            tasks' ratios would leave out the tasks that nothing was learned on.
        num_shifted_tasks: Tasks with ``test`` and a shift: those that `shift_drop` is over.
        shift_drop: Mean over tasks of the mean over their shifts of success on ``test`` minus that on the
            shift, in [-1, 1].
        num_graded_tasks: Tasks with a whole severity curve: those that `severity_area` is over.
        severity_area: Mean over tasks of the mean area under their severity curves, in [0, 1].
    """

    num_tasks: int
    gap: Estimate | None
    retention: Estimate | None
    num_shifted_tasks: int
    shift_drop: Estimate | None
    num_graded_tasks: int
    severity_area: Estimate | None


def summarize_generalization(scores: Iterable[TaskScores]) -> GeneralizationSummary:
    """Returns the means over tasks of what one policy loses on held-out and on shifted contexts.

    Tasks count as independent. The shifts of one task were played on the same contexts, so their intervals
    are averaged as if fully correlated: never too narrow.

    Args:
        scores: The policy's scores of each task; may be empty.
    """
    tasks = list(scores)
    gaps = [gap for task in tasks if (gap := task.gap(TEST)) is not None]
    drops = [_together([shift.drop for shift in task.shifts]) for task in tasks if task.shifts]
    curves = [[curve.area for curve in task.severity if curve.area is not None] for task in tasks]
    areas = [_together(of_task) for of_task in curves if of_task]
    return GeneralizationSummary(
        num_tasks=len(gaps),
        gap=mean([gap.gap for gap in gaps]) if gaps else None,
        retention=_retention(gaps),
        num_shifted_tasks=len(drops),
        shift_drop=mean(drops) if drops else None,
        num_graded_tasks=len(areas),
        severity_area=mean(areas) if areas else None,
    )


def _together(estimates: Sequence[Estimate]) -> Estimate:
    weights = [1 / len(estimates)] * len(estimates)
    return weighted_sum(estimates, weights, "mean of correlated", lambda first, second: 1.0)


def _retention(gaps: Sequence[Generalization]) -> Estimate | None:
    """Returns the ratio of the means, as correlated as the variance of the mean gap shows them to be."""
    if not gaps:
        return None
    train, held_out = mean([gap.on_train for gap in gaps]), mean([gap.on_split for gap in gaps])
    gap = mean([gap.gap for gap in gaps]).spread()
    parts = train.spread().variance, held_out.spread().variance
    product = sqrt(parts[0] * parts[1])
    correlation = (sum(parts) - gap.variance) / (2 * product) if product else 0.0
    try:
        return ratio(held_out, train, min(1.0, max(0.0, correlation)), freedom=gap.freedom)
    except UndefinedScoreError:
        return None
