"""Pairs: the episodes that two policies have in common, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.runs.record import EpisodeRecord
from ilbench.scores.statistics.bootstrap import FloatArray, MismatchedRecordsError, Records, scored

Outcome: TypeAlias = Callable[[EpisodeRecord], float]
Key: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Common episodes of two policies on one task and split: every training seed of both has scored them.

    Attributes:
        task: Task id.
        split: Split name.
        first: Records of the first policy, one sequence a training seed, all in the same order.
        second: The same for the second.
        units: Of each common episode, the index of the unit that is resampled and whose sign is flipped: its
            context, or the episode itself where all have one context. Shape (E,).
        num_unpaired: Scored episodes of the first and of the second that are not common.
    """

    task: str
    split: str
    first: tuple[tuple[EpisodeRecord, ...], ...]
    second: tuple[tuple[EpisodeRecord, ...], ...]
    units: NDArray[np.intp]
    num_unpaired: tuple[int, int]

    @property
    def num_episodes(self) -> int:
        """How many common episodes there are, not counted again for each training seed."""
        return len(self.units)

    @property
    def num_seeds(self) -> tuple[int, int]:
        """Training seeds of the first and of the second."""
        return len(self.first), len(self.second)

    @property
    def unit_name(self) -> str:
        """What a unit is: ``contexts`` or ``episodes``."""
        return "contexts" if len({record.context for record in self.first[0]}) > 1 else "episodes"

    def sizes(self) -> NDArray[np.intp]:
        """Returns how many common episodes each unit holds, shape (U,)."""
        return np.bincount(self.units)

    def values(self, outcome: Outcome) -> tuple[FloatArray, FloatArray]:
        """Returns an outcome of every common episode, shapes (S, E) for the training seeds of each policy."""
        first, second = (
            np.array([[outcome(record) for record in run] for run in runs], dtype=np.float64)
            for runs in (self.first, self.second)
        )
        return first, second

    def differences(self, outcome: Outcome) -> FloatArray:
        """Returns first minus second by unit, shape (U,), integers for integer outcomes.

        Summed over its episodes and all pairs of a training seed of one with one of the other, so the signs
        are those of the means and the sizes in proportion to them.
        """
        first, second = self.values(outcome)
        by_episode = len(second) * first.sum(axis=0) - len(first) * second.sum(axis=0)
        return np.bincount(self.units, by_episode).astype(np.float64)


def pair_episodes(first: Sequence[Records], second: Sequence[Records]) -> Pairs:
    """Returns the common episodes of two policies.

    An episode is what its identity says: task, split, context and repeat. One that an ``env_error`` ended is
    not scored, so it is not common. A policy's own fault is a failure and is.

    Args:
        first: Records of the first policy on one task and split, one sequence a training seed.
        second: The same for the second policy.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: The records are of several tasks or splits, an episode occurs twice in one
            training seed, or a common episode was not played from the same seed.
    """
    runs = [[_by_key(run) for run in side] for side in (first, second)]
    found = sorted({(r.task, r.split) for side in runs for run in side for r in run.values()})
    if len(found) > 1:
        names = ", ".join(f"{task} {split}" for task, split in found)
        raise MismatchedRecordsError(f"a comparison is of one task and split, found {names}; give each alone")
    played = [{key for run in side for key in run} for side in runs]
    in_all = [run.keys() for side in runs for run in side]
    common = sorted(set.intersection(*map(set, in_all))) if all(runs) else []
    if not common:
        raise EmptyScoreError(
            f"no comparison: the policies have no episode in common (the first has {len(played[0])}, the "
            f"second {len(played[1])}); play the same preset with both"
        )
    one, other = (tuple(tuple(run[key] for key in common) for run in side) for side in runs)
    _check_seeds(one + other)
    contexts = sorted({context for context, _ in common})
    index = {context: i for i, context in enumerate(contexts)}
    units = [index[context] for context, _ in common] if len(contexts) > 1 else range(len(common))
    return Pairs(
        task=found[0][0],
        split=found[0][1],
        first=one,
        second=other,
        units=np.array(units, dtype=np.intp),
        num_unpaired=(len(played[0]) - len(common), len(played[1]) - len(common)),
    )


def _by_key(run: Records) -> dict[Key, EpisodeRecord]:
    episodes = {(record.context, record.repeat): record for record in scored(run)}
    if len(episodes) < len(scored(run)):
        raise MismatchedRecordsError(
            f"an episode of {run[0].task} {run[0].split} occurs twice; give each training seed alone"
        )
    return episodes


def _check_seeds(runs: tuple[tuple[EpisodeRecord, ...], ...]) -> None:
    for episodes in zip(*runs, strict=True):
        seeds = {record.env_seed for record in episodes}
        if len(seeds) > 1:
            raise MismatchedRecordsError(
                f"{episodes[0].id} was played from the environment seeds {sorted(seeds)}: not one episode; "
                "play both policies with the same version of ilbench"
            )
