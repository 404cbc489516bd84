"""Comparison of two policies on everything that both have played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.comparison import Comparison, compare, seed_rates
from ilbench.scores.comparison.paired_tests import holm
from ilbench.scores.comparison.pairs import pair_episodes
from ilbench.scores.episode_table import Episodes, EpisodeTable, as_table
from ilbench.scores.statistics.aggregates import probability_of_improvement
from ilbench.scores.statistics.estimate import Estimate, mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyComparison:
    """Two policies on all tasks and splits that both have played.

    Attributes:
        comparisons: One a task and split, by name; their adjusted p-values are corrected for all of them.
        unpaired: Tasks and splits that only one of them has played: compared with nothing.
        mean_difference: Mean of the differences of success over the comparisons.
        improvement: Probability that a training seed of the first has a higher success rate than one of the
            second, mean over comparisons (Agarwal et al. 2021); None unless both have two or more training
            seeds, as many on every task.
    """

    comparisons: tuple[Comparison, ...]
    unpaired: tuple[tuple[str, str], ...]
    mean_difference: Estimate
    improvement: Estimate | None


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
    pairs = [(sides[0].of(*at), sides[1].of(*at)) for at in common]
    found = [compare([one], [other]) for one, other in pairs]
    adjusted = holm([one.p_value for one in found])
    return PolicyComparison(
        comparisons=tuple(replace(one, adjusted=p) for one, p in zip(found, adjusted, strict=True)),
        unpaired=tuple(sorted(played[0] ^ played[1])),
        mean_difference=mean([one.difference for one in found]),
        improvement=_improvement(pairs),
    )


def _improvement(pairs: Sequence[tuple[EpisodeTable, EpisodeTable]]) -> Estimate | None:
    rates = [seed_rates(pair_episodes([one], [other])) for one, other in pairs]
    numbers = {(len(one), len(other)) for one, other in rates}
    if len(numbers) > 1 or min(numbers.pop()) < 2:
        return None
    return probability_of_improvement([one for one, _ in rates], [other for _, other in rates])


def _names(found: set[tuple[str, str]]) -> str:
    return ", ".join(f"{task} {split}" for task, split in sorted(found)) or "none of them"
