"""Whether a number came out again: beside the run that was published, and beside what a paper reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ilbench.contract.registry import find_task
from ilbench.ledger.published import PublishedNumber
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord
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
        differing: What was made otherwise, in words: where there is anything, other records are no surprise.
    """

    verdict: Verdict
    has_same_weights: bool | None
    success: Estimate
    published: Estimate
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Our number beside one of a paper.

    Attributes:
        number: What the paper reports.
        ours: The same of our runs; None where it is in a unit that we do not score.
        verdict: ``inside`` if the paper's number lies in our interval or ours within two of its standard
            deviations; ``not comparable`` where the row says so, or where ours were trained on another data
            set than the row names.
    """

    number: PublishedNumber
    ours: Estimate | None
    verdict: Literal["inside", "below", "above", "not comparable"]


def compare_again(run: Run, published: Run, task_id: str) -> Again:
    """Returns how a run compares with the published one of the same cell, on the test split of its task.

    Raises:
        EmptyScoreError: One of them has no episode of it.
    """
    weights = [_weights(one, task_id) for one in (run, published)]
    played, known = (_played(one, task_id) for one in (run, published))
    ours, theirs = success_rate(played), success_rate(known)
    verdict: Verdict = "inside" if theirs.low <= ours.value <= theirs.high else "outside"
    if {r.id: r.digest() for r in played} == {r.id: r.digest() for r in known}:
        verdict = "the same records"
    return Again(
        verdict=verdict,
        has_same_weights=None if None in weights else weights[0] == weights[1],
        success=ours,
        published=theirs,
        differing=_differing(run, published, task_id),
    )


def compare_beside(runs: Sequence[Run], number: PublishedNumber) -> Beside:
    """Returns how the training seeds of a baseline compare with one number of a paper."""
    ours = _scored(runs, number)
    if number.comparable == "no" or ours is None or not _same_data(runs, number):
        return Beside(number=number, ours=ours, verdict="not comparable")
    if ours.low <= number.value <= ours.high or abs(ours.value - number.value) <= 2 * (number.spread or 0):
        return Beside(number=number, ours=ours, verdict="inside")
    return Beside(number=number, ours=ours, verdict="below" if ours.value < number.value else "above")


def _scored(runs: Sequence[Run], number: PublishedNumber) -> Estimate | None:
    records = [_played(run, number.task) for run in runs]
    if number.unit == "success":
        return success_rate(*records)
    if number.unit == "behavior entropy" and (modes := find_task(number.task).modes):
        return behavior_entropy(*records, num_modes=len(modes))
    return None


def _same_data(runs: Sequence[Run], number: PublishedNumber) -> bool:
    """Returns whether no run is known to be trained on another data set than the number names, if any."""
    trained = [run.header.training.get(number.task) for run in runs]
    found = {one.demonstrations for one in trained if one is not None}
    return not number.demonstrations or found <= {"", number.demonstrations}


def _differing(run: Run, published: Run, task_id: str) -> tuple[str, ...]:
    """Returns what else than chance and arithmetic sets two runs of one cell apart."""
    ours, theirs = run.header, published.header
    trained = [header.training.get(task_id) for header in (ours, theirs)]
    known = [(one.settings, one.checksum) for one in trained if one is not None]
    settings, checksums = ({pair[place] for pair in known} - {""} for place in (0, 1))
    reasons = {
        "the configuration": len(settings) > 1,
        "the demonstrations": len(checksums) > 1,
        "the episodes": _ids(run, task_id) != _ids(published, task_id),
        "the task": ours.tasks.get(task_id) != theirs.tasks.get(task_id),
        "the arithmetic": ours.arithmetic != theirs.arithmetic,
    }
    return tuple(reason for reason, is_so in reasons.items() if is_so)


def _played(run: Run, task_id: str) -> list[EpisodeRecord]:
    return [record for record in run.records if (record.task, record.split) == (task_id, "test")]


def _ids(run: Run, task_id: str) -> set[EpisodeId]:
    return {record.id for record in _played(run, task_id)}


def _weights(run: Run, task_id: str) -> str | None:
    trained = run.header.training.get(task_id)
    return trained.weights if trained else None
