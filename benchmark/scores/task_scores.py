"""All scores of one policy on one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ilbench.contract.shipped import Reference
from ilbench.contract.task import Task
from ilbench.errors import EmptyScoreError
from ilbench.scores.diversity.modes import Diversity, score_diversity
from ilbench.scores.episode_table import Episodes, EpisodeTable, MismatchedRecordsError, as_table
from ilbench.scores.generalization.gaps import Generalization, score_generalization
from ilbench.scores.generalization.shifts import SeverityCurve, Shift, score_severity, score_shifts
from ilbench.scores.returns import mean_return, normalized_return
from ilbench.scores.statistics.estimate import Estimate, UndefinedScoreError
from ilbench.scores.statistics.intervals import RateInterval, wilson
from ilbench.scores.success import succeeded_at_end, success_rate
from ilbench.scores.time_to_success import TimeToSuccess, time_to_success


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitScores:
    """All scores of one split.

    Attributes:
        split: Its name.
        num_episodes: Episodes scored, over all training seeds.
        num_unscored: Episodes left out because of an ``env_error``; none may remain in a published run.
        num_policy_faults: Of those scored, ended by the policy's own fault; they are failures.
        num_training_seeds: Training seeds among the records.
        success: Success rate.
        success_by_seed: The same of each training seed alone.
        final_success: Rate of successes at the last step; None where an episode ends with its first success.
        time_to_success: Control steps that successes took; None without a success, or where the task goes on
            after it.
        mean_return: Mean return.
        normalized_return: None where the task has no references, or its expert no more return than random.
        diversity: None where the task has no behavior descriptor.
        episodes: What all this was computed of, for a `Measure` from elsewhere; no part of the value: it is
            neither compared nor written.
    """

    split: str
    num_episodes: int
    num_unscored: int
    num_policy_faults: int
    num_training_seeds: int
    success: Estimate
    success_by_seed: tuple[Estimate, ...]
    final_success: Estimate | None
    time_to_success: TimeToSuccess | None
    mean_return: Estimate
    normalized_return: Estimate | None
    diversity: Diversity | None
    episodes: EpisodeTable = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScores:
    """All scores of one task.

    Attributes:
        task: Task id.
        splits: Scores by split, in the task's order; a split whose episodes all ended in an ``env_error`` is
            absent and counted in `num_unscored`.
        generalization: From ``train`` to each other split.
        shifts: From ``test`` to each shifted split.
        severity: Success over severity, one curve a family of graded shifts.
        num_unscored: Episodes left out because of an ``env_error``, over all splits.
    """

    task: str
    splits: Mapping[str, SplitScores]
    generalization: tuple[Generalization, ...]
    shifts: tuple[Shift, ...]
    severity: tuple[SeverityCurve, ...]
    num_unscored: int

    def shift(self, split: str) -> Shift | None:
        """Returns the comparison of ``test`` with `split`, or None if one of them was not run."""
        return next((s for s in self.shifts if s.split == split), None)

    def gap(self, split: str) -> Generalization | None:
        """Returns the comparison of ``train`` with `split`, or None if one of them was not run."""
        return next((g for g in self.generalization if g.split == split), None)


def score_task(task: Task, *runs: Episodes, interval: RateInterval = wilson) -> TaskScores:
    """Returns all scores of one policy on one task.

    Args:
        task: The task.
        *runs: Its records, in any order, one sequence a training seed, or one table of all; records of other
            tasks are an error.
        interval: Of the success rates, from `ilbench.scores.statistics.intervals`.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: A record is of another task or an unknown split, or occurs twice.
    """
    table = as_table(runs)
    _check_task(task, table)
    parts = {split: table.of(task.id, split) for split in task.split_names}
    by_split = {split: episodes for split, episodes in parts.items() if episodes.is_scored.any()}
    splits = {split: _score_split(task, episodes, interval) for split, episodes in by_split.items()}
    if not splits:
        raise EmptyScoreError(
            f"no scores of {task.id}: no episodes (env_error: {table.num_unscored}); run them first"
        )
    return TaskScores(
        task=task.id,
        splits=splits,
        generalization=score_generalization(by_split),
        shifts=score_shifts(task, by_split),
        severity=score_severity(task, by_split),
        num_unscored=table.num_unscored,
    )


def _score_split(task: Task, episodes: EpisodeTable, interval: RateInterval) -> SplitScores:
    kept = episodes.scored()
    references = task.references()
    returns = mean_return(kept, known=[one.mean_return for one in references.values()])
    ((_, split),) = kept.played
    return SplitScores(
        split=split,
        num_episodes=len(kept),
        num_unscored=episodes.num_unscored,
        num_policy_faults=int(kept.is_fault.sum()),
        num_training_seeds=len(kept.seeds),
        success=success_rate(kept, interval=interval),
        success_by_seed=tuple(success_rate(one, interval=interval) for one in kept.by_seed()),
        final_success=success_rate(kept, outcome=succeeded_at_end, interval=interval)
        if task.reports_final_success
        else None,
        time_to_success=time_to_success(kept) if task.stops_on_success and kept.success.any() else None,
        mean_return=returns,
        normalized_return=_normalized(returns, references),
        diversity=_diversity(task, kept) if len(task.modes) > 1 else None,
        episodes=episodes,
    )


def _diversity(task: Task, episodes: EpisodeTable) -> Diversity:
    shown = {int(mode): count for mode, count in task.demonstrations_modes().items()}
    return score_diversity(episodes, num_modes=len(task.modes), demonstrations=shown)


def _normalized(returns: Estimate, references: Mapping[str, Reference]) -> Estimate | None:
    if not {"random", "expert"} <= set(references):
        return None
    try:
        return normalized_return(returns, random=references["random"], expert=references["expert"])
    except UndefinedScoreError:
        return None


def _check_task(task: Task, table: EpisodeTable) -> None:
    for name, split in table.played:
        if name != task.id or split not in task.split_names:
            known = ", ".join(task.split_names)
            raise MismatchedRecordsError(
                f"records of {name} {split} cannot be scored as {task.id} with splits {known}"
            )
