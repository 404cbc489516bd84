"""Standing: which ranks a policy may have, and which others it was not told apart from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ilbench.leaderboard.admission import HEADLINE
from ilbench.scores.comparison.rank_groups import letters, rank_intervals
from ilbench.scores.comparison.ranking import find_better, gather_outcomes
from ilbench.scores.episode_table import EpisodeTable

Standing: TypeAlias = tuple[tuple[int, int] | None, str | None]
"""The best and the worst rank that a policy may have, and the letters of its groups."""


def find_standing(policies: Sequence[EpisodeTable], tasks: Sequence[str]) -> list[Standing]:
    """Returns the standing of each policy; alone, it has none: there is nothing to tell it apart from.

    Args:
        policies: The episodes of each ranked policy, in the order of their ranks.
        tasks: The tasks of the mean; every policy has the held-out split of each.
    """
    if len(policies) < 2:
        return [(None, None)] * len(policies)
    outcomes = [[gather_outcomes([table.of(task, HEADLINE)]) for task in tasks] for table in policies]
    is_better = find_better(outcomes)
    return list(zip(rank_intervals(is_better), letters(is_better), strict=True))
