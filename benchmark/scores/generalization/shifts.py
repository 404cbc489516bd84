"""Shifts: what is lost from the ``test`` split to another distribution, and over its severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ilbench.contract.task import Task
from ilbench.errors import EmptyScoreError
from ilbench.scores.episode_table import EpisodeTable
from ilbench.scores.generalization.rates import rates_of
from ilbench.scores.statistics.estimate import Estimate, weighted_sum
from ilbench.scores.success import success_rate

TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From the ``test`` split to a shifted one.

    Attributes:
        split: ``shift/<name>``.
        is_paired: Whether the split takes the contexts of ``test``; then only episodes are compared that both
            have, and the intervals know of it. Only training seeds count that have played both.
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


def score_shifts(task: Task, by_split: Mapping[str, EpisodeTable]) -> tuple[Shift, ...]:
    """Returns the comparison of ``test`` with every shifted split that was run, in the task's order.

    Args:
        task: The task.
        by_split: Episodes by split; only splits that have a scored episode.
    """
    if TEST not in by_split:
        return ()
    names = [name for name in task.split_names if name.startswith("shift/") and name in by_split]
    found = (_shift(task, name, by_split) for name in names)
    return tuple(shift for shift in found if shift is not None)


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
    return replace(area, low=max(0.0, area.low), high=min(1.0, area.high))


def _area(
    task: Task,
    splits: Mapping[int, str],
    success: Mapping[int, Estimate],
    by_split: Mapping[str, EpisodeTable],
) -> Estimate:
    """Returns the area, with the correlation that common training seeds and contexts give two severities."""
    correlation = {}
    for first, second in ((i, j) for i in splits for j in splits if i < j):
        names = splits[first], splits[second]
        is_paired = _origin(task, names[0]) == _origin(task, names[1])
        parts = [by_split[name] for name in names]
        if is_paired or len(parts[0].scored().seeds) > 1:
            correlation[first, second] = rates_of(*parts, is_paired=is_paired).correlation
    return severity_area(success, correlation)


def _shift(task: Task, name: str, by_split: Mapping[str, EpisodeTable]) -> Shift | None:
    is_paired = task.split(name).of == TEST
    try:
        rates = rates_of(by_split[TEST], by_split[name], is_paired=is_paired)
    except EmptyScoreError:  # other training seeds, or other episodes: nothing to compare
        return None
    return Shift(split=name, is_paired=is_paired, drop=rates.difference(), retention=rates.retention())


def _origin(task: Task, name: str) -> str:
    return task.split(name).of or name
