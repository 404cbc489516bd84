"""Pairs: the episodes that two policies have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.comparison.spread import Line
from ilbench.scores.episode_table import Episodes, EpisodeTable, MismatchedRecordsError, as_table
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import Design

Outcome: TypeAlias = Callable[[EpisodeTable], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Common episodes of two policies on one task and split: every training seed of both has scored them.

    Attributes:
        first: Episodes of the first policy; each of its training seeds has all of them, in the same order.
        second: The same of the second.
        units: Of each common episode, the index of the unit that is drawn and whose sign is flipped: its
            context; where all have one context the episode itself; and where on that one context neither
            policy ever does anything else, all of them as one. Shape (E,).
        num_unpaired: Scored episodes of the first and of the second that are not common.
    """

    first: EpisodeTable
    second: EpisodeTable
    units: NDArray[np.intp]
    num_unpaired: tuple[int, int]

    @property
    def num_episodes(self) -> int:
        """How many common episodes there are, not counted again for each training seed."""
        return len(self.units)

    @property
    def num_seeds(self) -> tuple[int, int]:
        """Training seeds of the first and of the second."""
        return len(self.first.seeds), len(self.second.seeds)

    @property
    def unit_name(self) -> str:
        """What a unit is: ``contexts``, or ``episodes`` of the only one."""
        return "contexts" if len(np.unique(self.first.context)) > 1 else "episodes"

    @property
    def num_distinct(self) -> tuple[int, int]:
        """Different episodes of the first and of the second, by training seed, context and actions."""
        return num_distinct(self.first), num_distinct(self.second)

    @property
    def design(self) -> Design:
        """What the common episodes are; the smaller number of training seeds, and of different episodes."""
        one_seed = self.first.context[: self.num_episodes]
        _, repeats = np.unique(one_seed, return_counts=True)
        return Design(
            contexts=len(repeats),
            repeats=int(repeats.max()),
            training_seeds=min(self.num_seeds),
            distinct=min(self.num_distinct),
        )

    def sizes(self) -> NDArray[np.intp]:
        """Returns how many common episodes each unit holds, shape (U,)."""
        return np.bincount(self.units)

    def values(self, outcome: Outcome) -> tuple[FloatArray, FloatArray]:
        """Returns an outcome of every common episode, shapes (S, E) for the training seeds of each policy."""
        return self.first.grid(outcome(self.first)), self.second.grid(outcome(self.second))

    def line(self, outcome: Outcome) -> Line:
        """Returns an outcome of both policies, added up by unit."""
        return self.line_of(*self.values(outcome))

    def line_of(self, first: FloatArray, second: FloatArray) -> Line:
        """Returns numbers of every common episode, shapes (S, E) and (T, E), added up by unit."""
        ((task, _),) = self.first.played
        contexts = self.first.context[: self.num_episodes]
        is_by_context = len(np.unique(contexts)) > 1
        sizes = self.sizes().astype(np.float64)
        return Line(
            first=_added_up(first, self.units),
            second=_added_up(second, self.units),
            sizes=sizes,
            units=np.unique(contexts) if is_by_context else np.arange(len(sizes)),
            task=task,
        )


def num_distinct(table: EpisodeTable) -> int:
    """Returns how many of a table's episodes are different, by training seed, context and actions."""
    keys = np.stack([table.seed, table.context, table.actions])
    return int(np.unique(keys, axis=1).shape[1])


def _added_up(values: FloatArray, units: NDArray[np.intp]) -> FloatArray:
    return np.array([np.bincount(units, row) for row in values], dtype=np.float64)


def _units(first: EpisodeTable, second: EpisodeTable, num_episodes: int) -> NDArray[np.intp]:
    found, units = np.unique(first.context[:num_episodes], return_inverse=True)
    if len(found) > 1:
        return np.asarray(units)
    never_vary = all(num_distinct(side) == len(side.seeds) for side in (first, second))
    return np.zeros(num_episodes, dtype=np.intp) if never_vary else np.arange(num_episodes)


def pair_episodes(first: Sequence[Episodes], second: Sequence[Episodes]) -> Pairs:
    """Returns the common episodes of two policies.

    An episode is what its identity says: task, split, context and repeat. One that an ``env_error`` ended is
    not scored, so it is not common. A policy's own fault is a failure and is.

    Args:
        first: Episodes of the first policy on one task and split, one sequence a training seed.
        second: The same for the second policy.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: The records are of several tasks or splits, an episode occurs twice in one
            training seed, or a common episode was not played from the same seed.
    """
    sides = [as_table(side).scored() for side in (first, second)]
    found = sorted({split for side in sides for split in side.played})
    if len(found) > 1:
        names = ", ".join(f"{task} {split}" for task, split in found)
        raise MismatchedRecordsError(f"a comparison is of one task and split, found {names}; give each alone")
    num_played = [len(np.unique(side.episode)) for side in sides]
    mine, theirs = (np.unique(side.in_all_seeds().episode) for side in sides)
    common = np.intersect1d(mine, theirs)
    if not len(common):
        raise EmptyScoreError(
            f"no comparison: the policies have no episode in common (the first has {num_played[0]}, the "
            f"second {num_played[1]}); play the same preset with both"
        )
    one, other = (side.of_episodes(common) for side in sides)
    _check_seeds(one, other)
    return Pairs(
        first=one,
        second=other,
        units=_units(one, other, len(common)),
        num_unpaired=(num_played[0] - len(common), num_played[1] - len(common)),
    )


def _check_seeds(*sides: EpisodeTable) -> None:
    env_seeds = np.concatenate([side.env_seed.reshape(len(side.seeds), -1) for side in sides])
    differing = np.flatnonzero((env_seeds != env_seeds[0]).any(axis=0))
    if len(differing):
        column = int(differing[0])
        raise MismatchedRecordsError(
            f"{sides[0].id(column)} was played from the environment seeds "
            f"{sorted(set(env_seeds[:, column].tolist()))}: not one episode; "
            "play both policies with the same version of ilbench"
        )
