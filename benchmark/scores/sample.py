"""Sample: the scored episodes of one task and split, and what a bootstrap draws of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import Episodes, EpisodeTable, MismatchedRecordsError, as_table
from ilbench.scores.statistics.bootstrap import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Scored episodes with the training seed and the cluster that each belongs to.

    Episodes on one context resemble one another, so resampling takes whole contexts. Only where all
    episodes have the same context does each make a cluster of its own.

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

    def method(self) -> str:
        """Returns how a bootstrap over this sample is called."""
        clusters = "contexts" if self.is_clustered_by_context else "episodes"
        return f"bootstrap over {'training seeds and ' if self.num_seeds > 1 else ''}{clusters}"


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
