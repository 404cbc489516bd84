"""Rates on two splits, of the same training seeds, and where possible on the same contexts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.bounded import share
from ilbench.scores.episode_table import EpisodeTable
from ilbench.scores.sample import make_sample
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, UndefinedScoreError, difference, ratio
from ilbench.scores.statistics.spread import link


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Success rates on two splits.

    Attributes:
        first: On the first.
        second: On the second.
        correlation: Of the two, by the training seeds and contexts that they have in common.
        freedom: Degrees of freedom of their difference.
        is_paired: Whether they are of the same contexts; n is then the number of pairs.
        confidence: Of intervals made of them.
    """

    first: Estimate
    second: Estimate
    correlation: float
    freedom: float
    is_paired: bool
    confidence: float

    def difference(self) -> Estimate:
        """Returns the first rate minus the second, in [-1, 1]."""
        found = difference(
            self.first,
            self.second,
            self.correlation,
            freedom=self.freedom,
            confidence=self.confidence,
        )
        return self._labeled(found)

    def retention(self) -> Estimate | None:
        """Returns the second rate over the first; None where the first may be zero."""
        try:
            found = ratio(
                self.second,
                self.first,
                self.correlation,
                freedom=self.freedom,
                confidence=self.confidence,
            )
        except UndefinedScoreError:
            return None
        return self._labeled(found)

    def _labeled(self, found: Estimate) -> Estimate:
        seeds = "training seeds" if self.first.speaks_of == "method" else ""
        paired = " and ".join(filter(None, [seeds, "contexts" if self.is_paired else ""]))
        name = found.method.partition(",")[0]
        return replace(
            found,
            n=self.first.n if self.is_paired else found.n,
            method=f"{name}, paired by {paired}" if paired else name,
            design=self.first.design if self.is_paired else None,
        )


def rates_of(
    first: EpisodeTable, second: EpisodeTable, *, is_paired: bool = False, confidence: float = CONFIDENCE
) -> Rates:
    """Returns the success rates on two splits, of the training seeds that have played both.

    Args:
        first: Episodes of the one.
        second: Of the other.
        is_paired: Whether the splits have contexts in common; then only episodes count that both have.
        confidence: Of the intervals.

    Raises:
        EmptyScoreError: Nothing is left to compare.
    """
    tables = first.scored(), second.scored()
    tables = tables[0].paired_with(tables[1]) if is_paired else _of_common_seeds(*tables)
    if not len(tables[0]) or not len(tables[1]):
        what = "episode" if is_paired else "training seed"
        raise EmptyScoreError(f"no difference: the two splits have no scored {what} in common")
    samples = [make_sample([table], "success rate") for table in tables]
    rates = [share(one, one.episodes.success, confidence=confidence) for one in samples]
    cells = [one.cells(one.episodes.success) for one in samples]
    correlation, freedom = link(cells[0], cells[1], is_same_contexts=is_paired)
    return Rates(
        first=rates[0],
        second=rates[1],
        correlation=float(correlation),
        freedom=float(freedom),
        is_paired=is_paired,
        confidence=confidence,
    )


def _of_common_seeds(first: EpisodeTable, second: EpisodeTable) -> tuple[EpisodeTable, EpisodeTable]:
    common = np.intersect1d(first.seeds, second.seeds)
    return first.take(np.isin(first.seed, common)), second.take(np.isin(second.seed, common))
