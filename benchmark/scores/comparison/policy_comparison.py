"""Comparison of two policies on everything that both have played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.comparison import Comparison, compare_pairs, drawn, success_difference
from ilbench.scores.comparison.differences import detectable, p_value, t_interval
from ilbench.scores.comparison.paired_tests import holm
from ilbench.scores.comparison.pairs import Pairs, pair_episodes
from ilbench.scores.comparison.repeated import Repeated
from ilbench.scores.comparison.spread import Line, find_spread, line_weights, speaks_of_methods
from ilbench.scores.episode_table import Episodes, as_table
from ilbench.scores.statistics.aggregates import probability_of_improvement
from ilbench.scores.statistics.estimate import Estimate, weighted_sum
from ilbench.scores.success import succeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyComparison:
    """Two policies on all tasks and splits that both have played.

    Attributes:
        comparisons: One a task and split, by name; their adjusted p-values are corrected for all of them.
        unpaired: Tasks and splits that only one of them has played: compared with nothing.
        mean_difference: Mean of the differences of success, every task weighing the same.
        p_value: One test of it over all tasks, as the ranking has it; None where nothing can be tested.
        detectable: The least mean difference that these designs show with 80 % at 5 %.
        speaks_of: ``method`` where both have several training seeds on every task, else ``policy``.
        improvement: Probability that a training seed of the first has a higher success rate than one of the
            second, mean over comparisons (Agarwal et al. 2021); None unless both have two or more training
            seeds, as many on every task.
        repeated: Runs of the second that repeat one of the first: the same policy, or the same training.
    """

    comparisons: tuple[Comparison, ...]
    unpaired: tuple[tuple[str, str], ...]
    mean_difference: Estimate
    p_value: float | None
    detectable: float
    speaks_of: Literal["policy", "method"]
    improvement: Estimate | None
    repeated: tuple[Repeated, ...] = ()


def compare_policies(
    first: Sequence[Episodes], second: Sequence[Episodes], *, splits: Sequence[str] | None = None
) -> PolicyComparison:
    """Returns the comparison of two policies, task by task, corrected for their number by Holm's method.

    Args:
        first: All episodes of the first policy, one sequence a training seed.
        second: The same for the second policy.
        splits: Only these splits; all if None. Each more makes every p-value larger.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: An episode occurs twice in one training seed, or a common one was not played
            from the same seed.
    """
    sides = [as_table(side).scored() for side in (first, second)]
    played = [{at for at in side.played if splits is None or at[1] in splits} for side in sides]
    common = sorted(played[0] & played[1])
    if not common:
        raise EmptyScoreError(
            f"no comparison: no task and split that both have played; the first has {_names(played[0])}, "
            f"the second {_names(played[1])}"
        )
    pairs = [pair_episodes([sides[0].of(*at)], [sides[1].of(*at)]) for at in common]
    found = [compare_pairs(one) for one in pairs]
    adjusted = iter(holm([one.p_value for one in found if one.p_value is not None]))
    corrected = [one if one.p_value is None else replace(one, adjusted=next(adjusted)) for one in found]
    lines = [one.line(succeeded) for one in pairs]
    mean_difference = _mean_difference(pairs, lines)
    return PolicyComparison(
        comparisons=tuple(corrected),
        unpaired=tuple(sorted(played[0] ^ played[1])),
        mean_difference=mean_difference,
        p_value=p_value(lines),
        detectable=detectable(mean_difference, find_spread(lines)),
        speaks_of=mean_difference.speaks_of,
        improvement=_improvement(lines),
    )


def _mean_difference(pairs: Sequence[Pairs], lines: Sequence[Line]) -> Estimate:
    """Returns the mean difference; what tasks have in common, training seeds or contexts, is counted."""
    speaks_of_all = speaks_of_methods(lines)
    each = [line if speaks_of_all else line.pooled() for line in lines]
    differences = [success_difference(one, line) for one, line in zip(pairs, each, strict=True)]
    apart = weighted_sum(differences, line_weights(lines), "MOVER over tasks")
    together = t_interval(find_spread(lines), apart.n, drawn("contexts", lines))
    return Estimate(
        value=together.value,
        low=max(-1.0, min(apart.low, together.low)),
        high=min(1.0, max(apart.high, together.high)),
        n=apart.n,
        method=f"{together.method}, at least MOVER over tasks",
        speaks_of="method" if speaks_of_all else "policy",
    )


def _improvement(lines: Sequence[Line]) -> Estimate | None:
    rates = [line.rates() for line in lines]
    if len({line.num_seeds for line in lines}) > 1 or not speaks_of_methods(lines):
        return None
    return probability_of_improvement([one for one, _ in rates], [other for _, other in rates])


def _names(found: set[tuple[str, str]]) -> str:
    return ", ".join(f"{task} {split}" for task, split in sorted(found)) or "none of them"
