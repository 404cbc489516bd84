"""Calibration: a line for every layout, with what its interval covers, and why it falls short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ilbench.checks.rate_coverage import BEFORE, CHOSEN, FEWEST, Coverage
from ilbench.checks.simulated_policies import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One score in one layout.

    Attributes:
        score: Of what the interval is.
        contexts: Contexts.
        repeats: Episodes of each training seed on each.
        seeds: Training seeds.
        rate: True success rate.
        correlation: Intra-class correlation of a context's episodes.
        deviation: Standard deviation of the training seeds' rates.
        coverage: How often the printed interval held the truth.
        width: Its mean width.
        before: How often one over all episodes did, see `rate_coverage`; None where it was not simulated.
        width_before: Its mean width.
        narrowest: The narrowest candidate that covers, in every layout with these contexts, repeats, training
            seeds and rate, whatever the correlation and the deviation, which nobody knows.
        width_ratio: Width of the printed interval over that candidate's.
        trials: Simulated evaluations.
        reason: Why it covers less than it should; empty where it does not.
    """

    score: str
    contexts: int
    repeats: int
    seeds: int
    rate: float
    correlation: float
    deviation: float
    coverage: float
    width: float
    before: float | None
    width_before: float | None
    narrowest: str
    width_ratio: float
    trials: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The lines of one score and number of training seeds.

    Attributes:
        score: The score.
        seeds: Training seeds.
        layouts: How many lines there are.
        worst: The least coverage among them.
        below: How many cover less than `FEWEST`.
        above: How many cover more than 98 %.
        width: Mean of the widths.
        worst_before: The least coverage before; None where it was not simulated.
        width_ratio: Greatest ratio to the narrowest candidate that covers.
    """

    score: str
    seeds: int
    layouts: int
    worst: float
    below: int
    above: int
    width: float
    worst_before: float | None
    width_ratio: float


def make_rows(found: Iterable[Sequence[Coverage]]) -> list[CoverageRow]:
    """Returns a line for every score and layout.

    Args:
        found: Of every layout, the coverage of the printed interval and of its candidates.
    """
    layouts = [_by_score(methods) for methods in found]
    worst: dict[tuple[object, ...], dict[str, float]] = {}
    for scores in layouts:
        for score, methods in scores.items():
            least = worst.setdefault(_group(score, methods[CHOSEN].layout), {})
            for name, one in methods.items():
                least[name] = min(least.get(name, 1.0), one.coverage)
    return [
        _row(methods, worst[_group(score, methods[CHOSEN].layout)])
        for scores in layouts
        for score, methods in scores.items()
    ]


def summarize(rows: Sequence[CoverageRow]) -> list[Summary]:
    """Returns a line for every score and number of training seeds, in their order."""
    groups: dict[tuple[str, int], list[CoverageRow]] = {}
    for row in rows:
        groups.setdefault((row.score, row.seeds), []).append(row)
    return [
        Summary(
            score=score,
            seeds=seeds,
            layouts=len(group),
            worst=min(row.coverage for row in group),
            below=sum(row.coverage < FEWEST for row in group),
            above=sum(row.coverage > 0.98 for row in group),
            width=sum(row.width for row in group) / len(group),
            worst_before=min((row.before for row in group if row.before is not None), default=None),
            width_ratio=max(row.width_ratio for row in group),
        )
        for (score, seeds), group in groups.items()
    ]


def _by_score(methods: Sequence[Coverage]) -> dict[str, dict[str, Coverage]]:
    scores: dict[str, dict[str, Coverage]] = {}
    for one in methods:
        scores.setdefault(one.score, {})[one.method] = one
    return scores


def _group(score: str, layout: Layout) -> tuple[object, ...]:
    return score, layout.contexts, layout.repeats, layout.seeds, layout.rate


def _row(methods: Mapping[str, Coverage], worst: Mapping[str, float]) -> CoverageRow:
    printed, before = methods[CHOSEN], methods.get(BEFORE)
    covering = [one for name, one in methods.items() if worst[name] >= FEWEST or name == CHOSEN]
    narrowest = min(covering, key=lambda one: one.width)
    layout = printed.layout
    return CoverageRow(
        score=printed.score,
        contexts=layout.contexts,
        repeats=layout.repeats,
        seeds=layout.seeds,
        rate=layout.rate,
        correlation=layout.correlation,
        deviation=layout.deviation,
        coverage=round(printed.coverage, 4),
        width=round(printed.width, 4),
        before=None if before is None else round(before.coverage, 4),
        width_before=None if before is None else round(before.width, 4),
        narrowest=narrowest.method,
        width_ratio=round(printed.width / narrowest.width, 3) if narrowest.width else 1.0,
        trials=printed.num_trials,
        reason=_reason(layout) if printed.coverage < FEWEST else "",
    )


def _reason(layout: Layout) -> str:
    """Returns what makes it hard to cover in a layout."""
    variance = layout.rate * (1 - layout.rate)
    if layout.seeds > 1 and layout.deviation**2 > 0.3 * variance:
        return "most training seeds are all bad or all good, and few are drawn: the other kind may be missing"
    if layout.contexts * layout.repeats * min(layout.rate, 1 - layout.rate) < 20:
        return "few outcomes of the rarer kind: the coverage jumps with their number"
    return "few contexts of many kinds: the rare one may be missing"
