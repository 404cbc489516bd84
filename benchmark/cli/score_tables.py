"""The tables of ``ilbench score``, which end every ``ilbench run`` too: scores, curves, means, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ilbench.plain_console import styled, whole_table
from ilbench.plain_text import one_line
from ilbench.scores import Estimate, Measure, SplitScores, TaskScores, load_measures, summarize_generalization
from ilbench.scores.measure import Column

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ilbench.contract.task import Task
    from ilbench.runs.folder import Run

Tasks: TypeAlias = "Mapping[str, Task]"
Line: TypeAlias = tuple[TaskScores, SplitScores]
MISSING = "–"
_WHOLE_FROM = 1000
"""From here on a number has no decimals, and is no power of ten: 3750, not 3.75e+03."""


def score_views(run: Run, scores: Sequence[TaskScores], tasks: Tasks) -> Iterator[RenderableType]:
    """Yields what a console prints of a run's scores: its name, tables, means over tasks, then notes.

    Args:
        run: The run.
        scores: Of each of its tasks.
        tasks: Tasks by id; those of the run are among them.
    """
    state = "" if run.complete else f" — incomplete: {len(run.missing)} episodes to play"
    yield styled(f"{one_line(run.header.submission.name)} ({run.header.preset}){state}", "bold")
    suites: dict[str, list[TaskScores]] = {}
    for one in scores:
        suites.setdefault(tasks[one.task].suite, []).append(one)
    for of_suite in suites.values():
        yield ""
        yield _split_table(of_suite, tasks)
        yield from _curve_table(of_suite)
    yield from _means(scores)
    yield ""
    yield from (styled(f"· {note}", "dim") for note in score_notes(scores))
    if run.header.sandbox != "none":
        yield styled(f"· The policy was kept in a sandbox: {run.header.sandbox}.", "dim")
    if run.header.served:
        yield styled(f"· The policy was on a server: {run.header.served.in_words()}.", "dim")
    if replaced := run.history.replaced():
        yield styled(f"· {replaced}", "dim")
    if unscored := sum(one.num_unscored for one in scores):
        yield f"{unscored} episodes ended in an environment error; run the same command to play them again"


def score_notes(scores: Sequence[TaskScores]) -> Iterator[str]:
    """Yields what must be known of the numbers: what n is, what intervals speak of, what is not shown."""
    lines = _lines(scores)
    estimates = [split.success for _, split in lines]
    yield (
        "n: contexts × repeats × training seeds. Intervals are 95 %; they speak of "
        + (
            "the method: of what it would score with new training seeds."
            if any(one.speaks_of == "method" for one in estimates)
            else "this policy alone, not of what its method would score with another training seed."
        )
    )
    single = [
        f"{task.task} {split.split}"
        for task, split in lines
        if split.success.design is not None and split.success.design.contexts == 1
    ]
    if single:
        yield f"One context says nothing about others: {', '.join(single)}."
    if any(_is_repeated(one) for one in estimates):
        yield "different: episodes that differ in any action. The others are copies, and add nothing to n."
    apart = [f"{task.task} {shift.split}" for task in scores for shift in task.shifts if not shift.is_paired]
    if any(task.shifts for task in scores):
        rest = f"; contexts of their own: {', '.join(apart)}" if apart else ""
        yield f"less than test: success on test less success under the shift, of common episodes{rest}."


def _split_table(scores: Sequence[TaskScores], tasks: Tasks) -> RenderableType:
    """Returns a line a split, with the measures that any of them has."""
    lines = _lines(scores)
    columns: dict[str, list[str]] = {"n": [n_text(split.success) for _, split in lines]}
    if any(_is_repeated(split.success) for _, split in lines):
        columns["different"] = [_different(split.success) for _, split in lines]
    for measure, place in score_columns():
        texts = [score_text(measure, tasks[task.task], task, split) for task, split in lines]
        if set(texts) != {MISSING}:
            columns[place.heading or measure.title] = texts
    table = whole_table("task", "split", *columns, kept=2)
    for (task, split), *texts in zip(lines, *columns.values(), strict=True):
        table.add_row(task.task, split.split, *texts)
    return table


def _lines(scores: Sequence[TaskScores]) -> list[Line]:
    return [(task, split) for task in scores for split in task.splits.values()]


def _curve_table(scores: Sequence[TaskScores]) -> Iterator[RenderableType]:
    """Yields success over severity, a line a family of shifts; nothing where none was played to its end."""
    curves = [(task.task, curve, curve.area) for task in scores for curve in task.severity]
    steps = sorted({at for _, curve, _ in curves for at in curve.success})
    headings = [f"at {at}" for at in steps]
    table = whole_table("task", "success over severity", "area", *headings, kept=2)
    for task, curve, area in curves:
        if area is not None:
            rates = [curve.success.get(at) for at in steps]
            texts = [MISSING if rate is None else f"{100 * rate.value:.0f}%" for rate in rates]
            table.add_row(task, curve.family, _percent(area), *texts)
    if any(area is not None for *_, area in curves):
        yield ""
        yield table


def _means(scores: Sequence[TaskScores]) -> Iterator[RenderableType]:
    """Yields the means over tasks, as far as there are several."""
    summary = summarize_generalization(scores)
    lines = [
        (name, _percent(value), str(number))
        for name, value, number in (
            ("gap to train", summary.gap, summary.num_tasks),
            ("retention", summary.retention, summary.num_tasks),
            ("less than test under shift", summary.shift_drop, summary.num_shifted_tasks),
            ("area over severity", summary.severity_area, summary.num_graded_tasks),
        )
        if value is not None and number > 1
    ]
    table = whole_table("mean over tasks", "", "tasks")
    for line in lines:
        table.add_row(*line)
    if lines:
        yield ""
        yield table


def score_columns() -> list[tuple[Measure, Column]]:
    """Returns the measures that stand in the table, in their order."""
    found = [(measure, measure.in_scores) for measure in load_measures() if measure.in_scores is not None]
    return sorted(found, key=lambda one: one[1].place)


def score_text(measure: Measure, task: Task, scores: TaskScores, split: SplitScores) -> str:
    """Returns a score as a cell: rates in percent, steps in seconds where these have a length."""
    from ilbench.leaderboard.tables import count_text

    value = measure.of(scores, split)
    if value is None:
        return MISSING
    beside = measure.beside.number(scores, split) if measure.beside else None
    if measure.unit == "count" and beside is not None:
        return count_text(value.value if isinstance(value, Estimate) else value, beside)
    if not isinstance(value, Estimate):
        return _digits(value)
    if measure.unit in ("rate", "ratio", "difference of rates"):
        return _percent(value)
    if measure.unit == "steps":
        return f"{_number(value.over(task.control_hz))} s" if task.control_hz else f"{_number(value)} steps"
    return _number(value) + ("" if beside is None else f" ({beside:.2f})")


def n_text(estimate: Estimate) -> str:
    """Returns how many episodes there were, as contexts × repeats × training seeds where that is known."""
    design = estimate.design
    if design is None:
        return str(estimate.n)
    is_whole = design.contexts * design.repeats * design.training_seeds == estimate.n
    return str(design) if is_whole else f"{estimate.n} of {design}"


def _different(estimate: Estimate) -> str:
    return MISSING if estimate.design is None else str(estimate.design.distinct)


def _is_repeated(estimate: Estimate) -> bool:
    return estimate.design is not None and estimate.design.distinct < estimate.n


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f}% [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _number(estimate: Estimate) -> str:
    return f"{_digits(estimate.value)} [{_digits(estimate.low)}, {_digits(estimate.high)}]"


def _digits(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3g}"
