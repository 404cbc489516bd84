"""Sample: the scored episodes of one split, as arrays over training seeds and contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import EmptyScoreError, ILBenchError
from ilbench.runs.record import EpisodeRecord

Records: TypeAlias = Sequence[EpisodeRecord]
FloatArray: TypeAlias = NDArray[np.float64]

NUM_RESAMPLES = 2000
_context = attrgetter("context")
_task_and_split = attrgetter("task", "split")
_by_episode = attrgetter("context", "repeat")
BOOTSTRAP_SEED = 20240501
"""Seed of every resampling: the same episodes give the same interval, bit for bit."""


class MismatchedRecordsError(ILBenchError):
    """Records that do not belong together, or not to the task that is to be scored."""


def scored(records: Iterable[EpisodeRecord]) -> tuple[EpisodeRecord, ...]:
    """Returns the records that count: all but those that an ``env_error`` ended."""
    return tuple([record for record in records if record.status != "env_error"])


def num_unscored(records: Iterable[EpisodeRecord]) -> int:
    """Returns how many episodes an ``env_error`` ended; a run with any is not publishable."""
    return sum(record.status == "env_error" for record in records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Scored episodes, one sequence a training seed, with the cluster that each belongs to.

    Episodes on one context resemble one another, so resampling takes whole contexts. Only where all
    episodes have the same context does each make a cluster of its own.

    Attributes:
        runs: The episodes of each training seed; none is empty.
        clusters: For each of them, the index of each episode's cluster.
        num_clusters: How many clusters there are.
    """

    runs: tuple[tuple[EpisodeRecord, ...], ...]
    clusters: tuple[NDArray[np.intp], ...]
    num_clusters: int

    @property
    def num_episodes(self) -> int:
        """How many episodes there are over all training seeds."""
        return sum(len(run) for run in self.runs)

    @property
    def is_clustered_by_context(self) -> bool:
        """Whether the clusters are contexts, and not single episodes."""
        return len(set[int]().union(*(map(_context, run) for run in self.runs))) > 1

    def totals(self, value: Callable[[EpisodeRecord], float]) -> FloatArray:
        """Returns the sums of `value` over each training seed's episodes in each cluster, shape (S, C)."""
        rows = [
            np.bincount(clusters, [value(record) for record in run], self.num_clusters)
            for run, clusters in zip(self.runs, self.clusters, strict=True)
        ]
        return np.stack(rows).astype(np.float64)

    def counts(self) -> FloatArray:
        """Returns the number of each training seed's episodes in each cluster, shape (S, C)."""
        rows = [np.bincount(clusters, minlength=self.num_clusters) for clusters in self.clusters]
        return np.stack(rows).astype(np.float64)

    def method(self) -> str:
        """Returns how a bootstrap over this sample is called."""
        clusters = "contexts" if self.is_clustered_by_context else "episodes"
        return f"bootstrap over {'training seeds and ' if len(self.runs) > 1 else ''}{clusters}"


def make_sample(runs: Sequence[Records], what: str) -> Sample:
    """Returns the scored episodes of several training seeds as one sample.

    Args:
        runs: The records of each training seed, all of one task and split.
        what: What is to be scored, for the message.

    Raises:
        EmptyScoreError: No episode is left to score.
        MismatchedRecordsError: The records are of several tasks or splits, or an episode occurs twice in
            one training seed.
    """
    # In one order, since a sum of floats depends on it in the last bit.
    kept = tuple(tuple(sorted(e, key=_by_episode)) for e in map(scored, runs) if e)
    if not kept:
        unscored = sum(num_unscored(run) for run in runs)
        raise EmptyScoreError(f"no {what} of no episodes (env_error: {unscored}); run the episodes first")
    _check_alike(kept, what)
    keys = [list(map(_context, run)) for run in kept]
    if len(set[int]().union(*keys)) == 1:
        keys = [[record.repeat for record in run] for run in kept]
    index = {key: i for i, key in enumerate(sorted({key for run in keys for key in run}))}
    clusters = tuple(np.array([index[key] for key in run], dtype=np.intp) for run in keys)
    return Sample(runs=kept, clusters=clusters, num_clusters=len(index))


def _check_alike(runs: Sequence[Records], what: str) -> None:
    found = sorted(set[tuple[str, str]]().union(*(map(_task_and_split, run) for run in runs)))
    if len(found) > 1:
        names = ", ".join(f"{task} {split}" for task, split in found)
        raise MismatchedRecordsError(
            f"{what} is a score of one task and split, found {names}; score each alone"
        )
    for run in runs:
        if len(set(map(_by_episode, run))) < len(run):
            raise MismatchedRecordsError(
                f"{what} of {found[0][0]}: an episode occurs twice; give each training seed alone"
            )


@lru_cache(maxsize=4)
def resampling_weights(
    num_runs: int, num_clusters: int, seed: int = BOOTSTRAP_SEED
) -> tuple[FloatArray, FloatArray]:
    """Returns how often each resample takes each training seed, shape (B, S), and each cluster, (B, C).

    Training seeds and contexts are resampled independently of each other, since every training seed plays
    the same contexts (the pigeonhole bootstrap: Owen 2007, Annals of Applied Statistics 1, 386-411). It is
    conservative: it covers new training seeds on new contexts. The arrays are read-only and shared.
    """
    rng = np.random.default_rng(seed)
    weights = tuple(_multiplicities(rng, size) for size in (num_runs, num_clusters))
    for array in weights:
        array.flags.writeable = False
    return weights[0], weights[1]


def _multiplicities(rng: np.random.Generator, size: int) -> FloatArray:
    drawn = rng.integers(size, size=(NUM_RESAMPLES, size))
    drawn += size * np.arange(NUM_RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=size * NUM_RESAMPLES)
    return counts.reshape(NUM_RESAMPLES, size).astype(np.float64)


def percentile_interval(resampled: FloatArray, confidence: float) -> tuple[float, float]:
    """Returns the central `confidence` of resampled values; NaN, an undefined resample, is left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_ratio(sums: FloatArray, counts: FloatArray, seed: int = BOOTSTRAP_SEED) -> FloatArray:
    """Returns resampled values of ``sums.sum() / counts.sum()``, shape (B,), NaN where nothing was drawn.

    Args:
        sums: Numerators by training seed and cluster, shape (S, C).
        counts: Denominators, shape (S, C).
        seed: Seed of the resampling.
    """
    runs, clusters = resampling_weights(*sums.shape, seed)
    top = ((clusters @ sums.T) * runs).sum(axis=1)
    bottom = ((clusters @ counts.T) * runs).sum(axis=1)
    ratios: FloatArray = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return ratios
