"""Sample: the scored episodes of one task and split, and what of them counts as a draw of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import Episodes, EpisodeTable, MismatchedRecordsError, as_table
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import Design
from ilbench.scores.statistics.spread import Cells


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Scored episodes with the training seed and the cluster that each belongs to.

    Episodes on one context resemble one another, so whole contexts count as draws. Only where all episodes
    have the same context does each make a cluster of its own: a score is then a statement on that context.

    Attributes:
        episodes: The episodes, at least one.
        seeds: Index of each episode's training seed, those without an episode not counted.
        clusters: Index of each episode's cluster.
        num_seeds: How many training seeds there are, S.
        num_clusters: How many clusters there are, C.
        is_clustered_by_context: Whether the clusters are contexts, and not single episodes.
    """

    episodes: EpisodeTable
    seeds: NDArray[np.intp]
    clusters: NDArray[np.intp]
    num_seeds: int
    num_clusters: int
    is_clustered_by_context: bool

    def totals(self, values: FloatArray) -> FloatArray:
        """Returns the sums of a column over each training seed's episodes in each cluster, shape (S, C)."""
        bins = self.seeds * self.num_clusters + self.clusters
        sums = np.bincount(bins, values, self.num_seeds * self.num_clusters).astype(np.float64)
        return sums.reshape(self.num_seeds, self.num_clusters)

    def counts(self) -> FloatArray:
        """Returns the number of each training seed's episodes in each cluster, shape (S, C)."""
        return self.totals(np.ones(len(self.episodes)))

    def cells(self, values: FloatArray, counts: FloatArray | None = None) -> Cells:
        """Returns a column in [0, 1] by training seed and cluster, for `ilbench.scores.statistics.spread`.

        Args:
            values: The column, shape (E,).
            counts: 1.0 where an episode counts and 0.0 where it does not, shape (E,); all count if None.
                Training seeds and clusters without one that counts are left out.
        """
        counted = np.ones(len(values)) if counts is None else counts
        numbers = self.totals(counted)
        rows, columns = numbers.any(axis=1), numbers.any(axis=0)
        high, low = (
            np.bincount(self.clusters[(counted > 0) & half], minlength=self.num_clusters) > 0
            for half in (values > 0.5, values <= 0.5)
        )
        mean, square = (float((power * counted).sum() / counted.sum()) for power in (values, values**2))
        unit = mean * (1 - mean) if ((values != 0) & (values != 1)).any() else 0.0
        return Cells(
            variety=np.asarray((square - mean**2) / unit if unit > 0 else 1.0),
            sums=self.totals(values * counted)[np.ix_(rows, columns)],
            counts=numbers[np.ix_(rows, columns)],
            is_high=high[columns],
            is_low=low[columns],
            most=np.asarray(
                self.design.distinct if counts is None else min(self.design.distinct, counts.sum())
            ),
        )

    @cached_property
    def design(self) -> Design:
        """What the episodes are."""
        num_contexts = self.num_clusters if self.is_clustered_by_context else 1
        contexts = self.clusters if self.is_clustered_by_context else 0
        places, actions = self.seeds * num_contexts + contexts, self.episodes.actions
        played = np.sort(places * (actions.max() + 1) + actions)
        return Design(
            contexts=num_contexts,
            repeats=int(np.bincount(places).max()),
            training_seeds=self.num_seeds,
            distinct=1 + int(np.count_nonzero(np.diff(played))),
        )

    @property
    def speaks_of(self) -> Literal["policy", "method"]:
        """What a score of it is about: with several training seeds the method that trained them."""
        return "method" if self.num_seeds > 1 else "policy"

    def over(self) -> str:
        """Returns what was drawn, as a method says it."""
        clusters = "contexts" if self.is_clustered_by_context else "episodes of one context"
        return f"{'training seeds and ' if self.num_seeds > 1 else ''}{clusters}"


def make_sample(runs: Sequence[Episodes], what: str) -> Sample:
    """Returns the scored episodes of several training seeds as one sample.

    Args:
        runs: The episodes of one task and split, see `ilbench.scores.episode_table.Episodes`.
        what: What is to be scored, for the message.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits, or an episode occurs twice in
            one training seed.
    """
    table = as_table(runs)
    kept = table.scored()
    if not len(kept):
        raise EmptyScoreError(
            f"no {what} of no episodes (env_error: {table.num_unscored}); run the episodes first"
        )
    found = sorted(kept.played)
    if len(found) > 1:
        names = ", ".join(f"{task} {split}" for task, split in found)
        raise MismatchedRecordsError(
            f"{what} is a score of one task and split, found {names}; score each alone"
        )
    contexts, clusters = np.unique(kept.context, return_inverse=True)
    is_by_context = len(contexts) > 1
    if not is_by_context:
        contexts, clusters = np.unique(kept.repeat, return_inverse=True)
    seeds, index = np.unique(kept.seed, return_inverse=True)
    return Sample(
        episodes=kept,
        seeds=index,
        clusters=clusters,
        num_seeds=len(seeds),
        num_clusters=len(contexts),
        is_clustered_by_context=is_by_context,
    )
