"""Whether a number came out again: beside the run that was published, and beside what a paper reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ilbench.contract.registry import find_task
from ilbench.ledger.published import PublishedNumber
from ilbench.runs.records_digest import records_digest
from ilbench.scores.diversity.modes import behavior_entropy
from ilbench.scores.statistics.estimate import Estimate
from ilbench.scores.success import success_rate

if TYPE_CHECKING:
    from ilbench.runs.folder import Run

Verdict: TypeAlias = Literal["the same records", "inside", "outside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A run beside the published one of the same cell.

    Attributes:
        verdict: ``the same records``; else whether its success rate is inside the 95 % interval of the
            published one's.
        has_same_weights: Whether the weights are the same bits; None where one of the runs does not say.
        success: The share of its episodes that succeeded.
        published: That of the published run.
    """

    verdict: Verdict
    has_same_weights: bool | None
    success: Estimate
    published: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Our number beside one of a paper.

    Attributes:
        number: What the paper reports.
        ours: The same of our runs; None where it is in a unit that we do not score.
        verdict: ``inside`` if the paper's number lies in our interval or ours within two of its standard
            deviations; ``not comparable`` where the row says so.
    """

    number: PublishedNumber
    ours: Estimate | None
    verdict: Literal["inside", "below", "above", "not comparable"]


def compare_again(run: Run, published: Run, task_id: str) -> Again:
    """Returns how a run compares with the published one of the same cell."""
    weights = [_weights(one, task_id) for one in (run, published)]
    ours, theirs = success_rate(run.records), success_rate(published.records)
    verdict: Verdict = "inside" if theirs.low <= ours.value <= theirs.high else "outside"
    if records_digest(run) == records_digest(published):
        verdict = "the same records"
    return Again(
        verdict=verdict,
        has_same_weights=None if None in weights else weights[0] == weights[1],
        success=ours,
        published=theirs,
    )


def compare_beside(runs: Sequence[Run], number: PublishedNumber) -> Beside:
    """Returns how the training seeds of a baseline compare with one number of a paper."""
    ours = _scored(runs, number)
    if number.comparable == "no" or ours is None:
        return Beside(number=number, ours=ours, verdict="not comparable")
    if ours.low <= number.value <= ours.high or abs(ours.value - number.value) <= 2 * (number.spread or 0):
        return Beside(number=number, ours=ours, verdict="inside")
    return Beside(number=number, ours=ours, verdict="below" if ours.value < number.value else "above")


def _scored(runs: Sequence[Run], number: PublishedNumber) -> Estimate | None:
    records = [run.records for run in runs]
    if number.unit == "success":
        return success_rate(*records)
    if number.unit == "behavior entropy" and (modes := find_task(number.task).modes):
        return behavior_entropy(*records, num_modes=len(modes))
    return None


def _weights(run: Run, task_id: str) -> str | None:
    trained = run.header.training.get(task_id)
    return trained.weights if trained else None
