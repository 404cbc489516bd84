"""Scores: pure functions of episode records.

Every score is an `Estimate`: a value, an interval, an n. An empty set raises `EmptyScoreError`; an
``env_error`` is left out of n and counted beside it. With several training seeds, each seed's
records are an argument of their own: ``success_rate(seed_0, seed_1, seed_2)``.
"""

from ilbench.scores.aggregates import (
    Aggregates,
    PerformanceProfile,
    aggregate,
    performance_profile,
    probability_of_improvement,
    stratified_bootstrap,
)
from ilbench.scores.diversity import (
    ConditionalDiversity,
    Diversity,
    behavior_entropy,
    conditional_behavior_entropy,
    corrected_entropy,
    num_modes_found,
    score_diversity,
)
from ilbench.scores.entropy import entropy_ceiling
from ilbench.scores.estimate import Estimate, UndefinedScoreError
from ilbench.scores.generalization import Generalization, generalization_gap
from ilbench.scores.intervals import INTERVALS, clopper_pearson, jeffreys, wilson
from ilbench.scores.list_scores import ListScores, score_list
from ilbench.scores.returns import mean_return, normalized_return
from ilbench.scores.rollouts import EntropyPoint, entropy_curve
from ilbench.scores.sample import MismatchedRecordsError, num_unscored, scored
from ilbench.scores.success import success_rate
from ilbench.scores.task_scores import SplitScores, TaskScores, score_task
from ilbench.scores.time_to_success import TimeToSuccess, time_to_success

__all__ = [
    "INTERVALS",
    "Aggregates",
    "ConditionalDiversity",
    "Diversity",
    "EntropyPoint",
    "Estimate",
    "Generalization",
    "ListScores",
    "MismatchedRecordsError",
    "PerformanceProfile",
    "SplitScores",
    "TaskScores",
    "TimeToSuccess",
    "UndefinedScoreError",
    "aggregate",
    "behavior_entropy",
    "clopper_pearson",
    "conditional_behavior_entropy",
    "corrected_entropy",
    "entropy_ceiling",
    "entropy_curve",
    "generalization_gap",
    "jeffreys",
    "mean_return",
    "normalized_return",
    "num_modes_found",
    "num_unscored",
    "performance_profile",
    "probability_of_improvement",
    "score_diversity",
    "score_list",
    "score_task",
    "scored",
    "stratified_bootstrap",
    "success_rate",
    "time_to_success",
    "wilson",
]
