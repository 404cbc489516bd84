"""Scores: pure functions of episode records.

Every score is an `Estimate`: a value, an interval, an n. An empty set raises `EmptyScoreError`; an
``env_error`` is left out of n and counted beside it. With several training seeds, each seed's
records are an argument of their own: ``success_rate(seed_0, seed_1, seed_2)``.
"""

from ilbench.scores.divergence import ModeDivergence, mode_divergence
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
from ilbench.scores.generalization_summary import GeneralizationSummary, summarize_generalization
from ilbench.scores.list_scores import ListScores, score_list
from ilbench.scores.returns import mean_return, normalized_return
from ilbench.scores.rollouts import EntropyPoint, entropy_curve
from ilbench.scores.sample import MismatchedRecordsError, num_unscored, scored
from ilbench.scores.shifts import SeverityCurve, Shift, paired_difference, severity_area
from ilbench.scores.success import success_rate, wilson
from ilbench.scores.task_scores import SplitScores, TaskScores, score_task

__all__ = [
    "ConditionalDiversity",
    "Diversity",
    "EntropyPoint",
    "Estimate",
    "Generalization",
    "GeneralizationSummary",
    "ListScores",
    "MismatchedRecordsError",
    "ModeDivergence",
    "SeverityCurve",
    "Shift",
    "SplitScores",
    "TaskScores",
    "UndefinedScoreError",
    "behavior_entropy",
    "conditional_behavior_entropy",
    "corrected_entropy",
    "entropy_ceiling",
    "entropy_curve",
    "generalization_gap",
    "mean_return",
    "mode_divergence",
    "normalized_return",
    "num_modes_found",
    "num_unscored",
    "paired_difference",
    "score_diversity",
    "score_list",
    "score_task",
    "scored",
    "severity_area",
    "success_rate",
    "summarize_generalization",
    "wilson",
]
