"""Mode counts: how often each behavior mode occurred."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import NO_MODE, BoolArray, Episodes, EpisodeTable, MismatchedRecordsError
from ilbench.scores.sample import Sample, make_sample
from ilbench.scores.statistics.bootstrap import FloatArray


def shows_mode(episodes: EpisodeTable) -> BoolArray:
    """Returns whether each episode is a success with a mode, shape (E,)."""
    shown: BoolArray = episodes.is_scored & (episodes.success > 0) & (episodes.mode != NO_MODE)
    return shown


def mode_counts(runs: Sequence[Episodes], num_modes: int) -> tuple[FloatArray, Sample]:
    """Returns how often each mode occurred, shape (S, C, K), and the sample that it was counted in.

    Raises:
        EmptyScoreError: No success has a mode.
        MismatchedRecordsError: A mode is out of range, or the records are of several tasks or splits.
    """
    sample = make_sample(runs, "behavior entropy")
    counts = count_modes(sample, num_modes)
    if not counts.any():
        raise EmptyScoreError(
            f"no behavior entropy: none of {len(sample.episodes)} episodes succeeded with a mode"
        )
    return counts, sample


def count_modes(sample: Sample, num_modes: int) -> FloatArray:
    """Returns how often each mode occurred, by training seed and cluster, shape (S, C, K)."""
    episodes, shown = sample.episodes, shows_mode(sample.episodes)
    unknown = np.flatnonzero(shown & (episodes.mode >= num_modes))
    if len(unknown):
        row = int(unknown[0])
        raise MismatchedRecordsError(
            f"{episodes.id(row)}: mode {episodes.mode[row]}, but the task has modes 0 to {num_modes - 1}; "
            "score the records with the task version that made them"
        )
    shape = (sample.num_seeds, sample.num_clusters, num_modes)
    places = sample.seeds[shown], sample.clusters[shown], episodes.mode[shown]
    counts = np.bincount(np.ravel_multi_index(places, shape), minlength=int(np.prod(shape)))
    return counts.reshape(shape).astype(np.float64)


def has_repeated_contexts(episodes: EpisodeTable) -> bool:
    """Returns whether a training seed's successes with a mode include two on one context."""
    shown = episodes.take(shows_mode(episodes))
    places = np.stack([shown.seed, shown.context])
    return bool((places[:, 1:] == places[:, :-1]).all(axis=0).any())


def divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Returns ``top / bottom``, NaN where `bottom` is 0."""
    ratios: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return ratios
