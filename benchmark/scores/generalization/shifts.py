"""Shifts: what is lost from the ``test`` split to another distribution, and over its severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ilbench.contract.task import Task
from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import EpisodeTable
from ilbench.scores.statistics.bootstrap import (
    BOOTSTRAP_SEED,
    FloatArray,
    bootstrap_ratio,
    percentile_interval,
)
from ilbench.scores.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    UndefinedScoreError,
    difference,
    hull,
    ratio,
    weighted_sum,
)
from ilbench.scores.statistics.paired import outcome_correlation, paired_newcombe, paired_rates
from ilbench.scores.success import success_rate

TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From the ``test`` split to a shifted one.

    Attributes:
        split: ``shift/<name>``.
        is_paired: Whether the split takes the contexts of ``test``; then only episodes are compared that both
            have, and the intervals know of it.
        drop: Success rate on ``test`` minus that on `split`, in [-1, 1].
        retention: Success rate on `split` over that on ``test``; None where the latter may be zero.
    """

    split: str
    is_paired: bool
    drop: Estimate
    retention: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityCurve:
    """Success over the severity of a graded shift.

    Attributes:
        family: The shift's name without its severity.
        splits: The graded splits that were run; ``test`` is not among them.
        success: Success rate by severity; 0 is ``test``.
        area: Area under the curve over its whole range, in [0, 1]; None where an end was not run.
    """

    family: str
    splits: tuple[str, ...]
    success: Mapping[int, Estimate]
    area: Estimate | None


Pairs: TypeAlias = tuple[EpisodeTable, EpisodeTable]
"""The episodes of two splits that have training seed, context and repeat alike, row for row."""


def make_pairs(first: EpisodeTable, second: EpisodeTable) -> Pairs:
    """Returns the scored episodes of equal training seed, context and repeat of two splits.

    Raises:
        EmptyScoreError: They have none in common.
    """
    pairs = first.scored().paired_with(second.scored())
    if not len(pairs[0]):
        raise EmptyScoreError("no paired difference: the two splits have no episode in common")
    return pairs


def paired_difference(
    pairs: Pairs, *, confidence: float = CONFIDENCE, seed: int = BOOTSTRAP_SEED
) -> Estimate:
    """Returns the success rate on the first split minus that on the second, in [-1, 1], on common episodes.

    With one training seed the interval is Newcombe's for paired rates. With several it is a bootstrap over
    training seeds and contexts that takes both sides of a pair together, widened to Newcombe's where that
    is wider. n is the number of pairs.

    Args:
        pairs: From `make_pairs`.
        confidence: Of the interval.
        seed: Seed of the resampling; unused with one training seed.
    """
    first, second = pairs
    paired = paired_newcombe(first.success, second.success, confidence)
    if len(first.seeds) == 1:
        return paired
    gains = _by_context(first, first.success - second.success)
    counts = _by_context(first, np.ones(paired.n))
    low, high = percentile_interval(bootstrap_ratio(gains, counts, seed), confidence)
    resampled = Estimate(value=paired.value, low=low, high=high, n=paired.n, method="")
    return hull(paired, resampled, "paired bootstrap over training seeds and contexts, at least Newcombe")


def score_shifts(task: Task, by_split: Mapping[str, EpisodeTable]) -> tuple[Shift, ...]:
    """Returns the comparison of ``test`` with every shifted split that was run, in the task's order.

    Args:
        task: The task.
        by_split: Episodes by split; only splits that have a scored episode.
    """
    if TEST not in by_split:
        return ()
    names = [name for name in task.split_names if name.startswith("shift/") and name in by_split]
    return tuple(_shift(task, name, by_split) for name in names)


def severity_families(task: Task) -> dict[str, dict[int, str]]:
    """Returns the graded shifts of a task: for each family, the splits by severity."""
    graded: dict[str, dict[int, str]] = {}
    for split in task.splits:
        if split.severity is not None:
            family = split.name.removeprefix("shift/").removesuffix(f"-{split.severity}")
            graded.setdefault(family, {})[split.severity] = split.name
    return graded


def score_severity(task: Task, by_split: Mapping[str, EpisodeTable]) -> tuple[SeverityCurve, ...]:
    """Returns success over severity for every family of graded shifts of which a split was run.

    Args:
        task: The task.
        by_split: As for `score_shifts`.
    """
    curves = []
    for family, graded in severity_families(task).items():
        splits = {at: name for at, name in sorted({0: TEST, **graded}.items()) if name in by_split}
        if set(splits) - {0}:
            success = {at: success_rate(by_split[name]) for at, name in splits.items()}
            is_whole = {0, max(graded)} <= set(splits)
            area = _area(task, splits, success, by_split) if is_whole else None
            names = tuple(name for at, name in splits.items() if at)
            curves.append(SeverityCurve(family=family, splits=names, success=success, area=area))
    return tuple(curves)


def severity_area(
    success: Mapping[int, Estimate], correlation: Mapping[tuple[int, int], float] | None = None
) -> Estimate:
    """Returns the area under success over severity by the trapezoid rule, over its width, in [0, 1].

    1 is a policy that no severity harms and that always succeeds. Severities that were not run are bridged by
    a straight line.

    Args:
        success: Success rate by severity, at least two.
        correlation: Of the rates of two severities, the smaller first; 0 where it is not given.

    Raises:
        EmptyScoreError: There are fewer than two severities.
    """
    at = sorted(success)
    if len(at) < 2:
        raise EmptyScoreError(f"no area under {len(at)} severities; 2 are needed")
    width = at[-1] - at[0]
    left, right = [at[0], *at[:-1]], [*at[1:], at[-1]]
    weights = [(after - before) / (2 * width) for before, after in zip(left, right, strict=True)]
    known = correlation or {}
    area = weighted_sum(
        [success[k] for k in at],
        weights,
        "trapezoids, MOVER",
        lambda first, second: known.get((at[first], at[second]), 0.0),
    )
    return Estimate(
        value=area.value, low=max(0.0, area.low), high=min(1.0, area.high), n=area.n, method=area.method
    )


def _area(
    task: Task,
    splits: Mapping[int, str],
    success: Mapping[int, Estimate],
    by_split: Mapping[str, EpisodeTable],
) -> Estimate:
    """Returns the area, splits that share contexts correlated as their outcomes are.

    Several training seeds played every split: their rates count as fully correlated, the widest interval.
    """
    correlation = {}
    for first, second in ((i, j) for i in splits for j in splits if i < j):
        parts = by_split[splits[first]], by_split[splits[second]]
        if len(parts[0].seeds) > 1:
            correlation[first, second] = 1.0
        elif _origin(task, splits[first]) == _origin(task, splits[second]):
            correlation[first, second] = max(0.0, _correlation(make_pairs(*parts)))
    return severity_area(success, correlation)


def _shift(task: Task, name: str, by_split: Mapping[str, EpisodeTable]) -> Shift:
    if task.split(name).of == TEST:
        pairs = make_pairs(by_split[TEST], by_split[name])
        on_test, on_shift = paired_rates(pairs[0].success, pairs[1].success)
        drop = paired_difference(pairs)
        # Several training seeds differ in more than the pairs tell: without a correlation it is too wide.
        correlation = _correlation(pairs) if len(pairs[0].seeds) == 1 else 0.0
    else:
        on_test, on_shift = success_rate(by_split[TEST]), success_rate(by_split[name])
        drop, correlation = difference(on_test, on_shift), 0.0
    return Shift(
        split=name,
        is_paired=task.split(name).of == TEST,
        drop=drop,
        retention=_ratio(on_shift, on_test, correlation),
    )


def _ratio(first: Estimate, second: Estimate, correlation: float) -> Estimate | None:
    try:
        return ratio(first, second, correlation)
    except UndefinedScoreError:
        return None


def _origin(task: Task, name: str) -> str:
    return task.split(name).of or name


def _by_context(episodes: EpisodeTable, values: FloatArray) -> FloatArray:
    """Returns the sums of a column by training seed and context, shape (S, C)."""
    seeds, contexts = (np.unique(keys, return_inverse=True) for keys in (episodes.seed, episodes.context))
    sums = np.zeros((len(seeds[0]), len(contexts[0])))
    np.add.at(sums, (seeds[1], contexts[1]), values)
    return sums


def _correlation(pairs: Pairs) -> float:
    return outcome_correlation(pairs[0].success, pairs[1].success)
