"""Scores: pure functions of episode records.

Every score is an `Estimate`: a value, an interval, an n. An empty set raises `EmptyScoreError`; an
``env_error`` is left out of n and counted beside it. With several training seeds, each seed's
records are an argument of their own: ``success_rate(seed_0, seed_1, seed_2)``.
"""

from ilbench.scores.comparison.comparison import Comparison, cohens_h, compare
from ilbench.scores.comparison.paired_tests import holm, mcnemar, sign_flip_test, welch_test
from ilbench.scores.comparison.policy_comparison import PolicyComparison, compare_policies
from ilbench.scores.comparison.rank_groups import letters, rank_intervals
from ilbench.scores.comparison.sequential import SequentialTest, sequential_test
from ilbench.scores.diversity.divergence import ModeDivergence, mode_divergence
from ilbench.scores.diversity.entropy import entropy_ceiling
from ilbench.scores.diversity.entropy_curve import EntropyPoint, entropy_curve
from ilbench.scores.diversity.modes import (
    ConditionalDiversity,
    Diversity,
    behavior_entropy,
    conditional_behavior_entropy,
    corrected_entropy,
    num_modes_found,
    score_diversity,
)
from ilbench.scores.generalization.gaps import Generalization, generalization_gap
from ilbench.scores.generalization.shifts import SeverityCurve, Shift, paired_difference, severity_area
from ilbench.scores.generalization.summary import GeneralizationSummary, summarize_generalization
from ilbench.scores.returns import mean_return, normalized_return
from ilbench.scores.statistics.aggregates import (
    Aggregates,
    PerformanceProfile,
    aggregate,
    performance_profile,
    probability_of_improvement,
    stratified_bootstrap,
)
from ilbench.scores.statistics.bootstrap import MismatchedRecordsError, num_unscored, scored
from ilbench.scores.statistics.estimate import Estimate, UndefinedScoreError
from ilbench.scores.statistics.intervals import INTERVALS, clopper_pearson, jeffreys, wilson
from ilbench.scores.success import success_rate
from ilbench.scores.task_list_scores import ListScores, score_list
from ilbench.scores.task_scores import SplitScores, TaskScores, score_task
from ilbench.scores.time_to_success import TimeToSuccess, time_to_success

__all__ = [
    "INTERVALS",
    "Aggregates",
    "Comparison",
    "ConditionalDiversity",
    "Diversity",
    "EntropyPoint",
    "Estimate",
    "Generalization",
    "GeneralizationSummary",
    "ListScores",
    "MismatchedRecordsError",
    "ModeDivergence",
    "PerformanceProfile",
    "PolicyComparison",
    "SequentialTest",
    "SeverityCurve",
    "Shift",
    "SplitScores",
    "TaskScores",
    "TimeToSuccess",
    "UndefinedScoreError",
    "aggregate",
    "behavior_entropy",
    "clopper_pearson",
    "cohens_h",
    "compare",
    "compare_policies",
    "conditional_behavior_entropy",
    "corrected_entropy",
    "entropy_ceiling",
    "entropy_curve",
    "generalization_gap",
    "holm",
    "jeffreys",
    "letters",
    "mcnemar",
    "mean_return",
    "mode_divergence",
    "normalized_return",
    "num_modes_found",
    "num_unscored",
    "paired_difference",
    "performance_profile",
    "probability_of_improvement",
    "rank_intervals",
    "score_diversity",
    "score_list",
    "score_task",
    "scored",
    "sequential_test",
    "severity_area",
    "sign_flip_test",
    "stratified_bootstrap",
    "success_rate",
    "summarize_generalization",
    "time_to_success",
    "welch_test",
    "wilson",
]
