"""``ilbench score``: the scores of runs, recomputed from their episodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.options import UndeclaredTasks
from ilbench.plain_text import one_line
from ilbench.scores.statistics.estimate import Estimate

if TYPE_CHECKING:
    from rich.console import Console

    from ilbench.contract.registry import Registry
    from ilbench.contract.task import Task
    from ilbench.runs.folder import Run
    from ilbench.scores import Measure, SplitScores, TaskScores
    from ilbench.scores.measure import Column
    from ilbench.scores.statistics.intervals import IntervalName

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold run folders.")
]


def score(
    runs: Runs,
    as_json: Annotated[bool, typer.Option("--json", help="All scores, as JSON.")] = False,
    task_list: Annotated[
        str | None, typer.Option("--list", help="Also the means over a task list, such as metaworld/ml10.")
    ] = None,
    interval: Annotated[
        Literal["wilson", "clopper-pearson", "jeffreys"],
        typer.Option(help="Of success rates; clopper-pearson never covers with less than it says."),
    ] = "wilson",
    task: UndeclaredTasks = None,
    rollout_figure: Annotated[
        Path | None,
        typer.Option(help="Also draw behavior entropy against the number of rollouts (.png, .pdf, .svg)."),
    ] = None,
) -> None:
    """Recompute the scores of runs from their episodes: value, interval and n.

    Example:  ilbench score runs/bc-mlp-d3il-avoiding-v2-full-seed-0
    """
    from ilbench.runs.folder import load_runs
    from ilbench.runs.known import known_tasks

    loaded = load_runs(*runs)
    tasks = known_tasks(loaded, task or ())
    if as_json:
        from ilbench.scores import INTERVALS, score_run
        from ilbench.scores.content import to_content

        found = {str(run.path): score_run(run, tasks, interval=INTERVALS[interval]) for run in loaded}
        say_all(json.dumps(to_content(found), indent=1))
    else:
        print_scores(loaded, tasks, interval)
    if task_list is not None:
        _print_list_scores(loaded, tasks, task_list)
    if rollout_figure is not None:
        from ilbench.leaderboard.rollout_figure import save_rollout_figure

        save_rollout_figure(loaded, tasks, rollout_figure)


def print_scores(runs: Sequence[Run], tasks: Registry, interval: IntervalName = "wilson") -> None:
    """Prints one table a run: every split with its scores and n, and the gaps to train."""
    from ilbench.plain_console import whole_table
    from ilbench.scores import INTERVALS, score_run

    shown = _columns()
    console = wide_console()
    for run in runs:
        state = "" if run.complete else f" — incomplete: {len(run.missing)} episodes to play"
        headings = [place.heading or one.title for one, place in shown]
        name = one_line(run.header.submission.name)
        table = whole_table("task", "split", *headings, "n", title=f"{name} ({run.header.preset}){state}")
        found = score_run(run, tasks, interval=INTERVALS[interval])
        for scores in found:
            for split in scores.splits.values():
                task = tasks[scores.task]
                texts = (_text(measure, task, scores, split) for measure, _ in shown)
                table.add_row(task.id, split.split, *texts, str(split.num_episodes))
        console.print(table)
        _print_generalization(console, found)
        if replaced := run.history.replaced():
            console.print(replaced)
        if unscored := sum(scores.num_unscored for scores in found):
            console.print(
                f"{unscored} episodes ended in an environment error; run the same command to play them again"
            )


def _print_generalization(console: Console, scores: Sequence[TaskScores]) -> None:
    """Prints what is lost from test to each shift, the severity curves, and the means over tasks."""
    from ilbench.plain_console import whole_table
    from ilbench.scores import summarize_generalization

    shifted = [(task, shift) for task in scores for shift in task.shifts]
    if shifted:
        table = whole_table("task", "shift", "less than test", "of it is kept", "paired")
        for task, shift in shifted:
            kept = _percent(shift.retention) if shift.retention else "–"
            paired = "yes" if shift.is_paired else "no"
            table.add_row(task.task, shift.split, _percent(shift.drop), kept, paired)
        console.print(table)
    curves = [(task.task, curve, curve.area) for task in scores for curve in task.severity]
    for name, curve, area in curves:
        if area is not None:
            steps = ", ".join(f"{at}: {100 * rate.value:.0f}%" for at, rate in curve.success.items())
            console.print(f"{name} {curve.family}: area {_percent(area)} over severity ({steps})")
    summary = summarize_generalization(scores)
    parts = [
        f"{name} {_percent(value)} over {number} tasks"
        for name, value, number in (
            ("gap to train", summary.gap, summary.num_tasks),
            ("retention", summary.retention, summary.num_tasks),
            ("less than test under shift", summary.shift_drop, summary.num_shifted_tasks),
            ("area over severity", summary.severity_area, summary.num_graded_tasks),
        )
        if value is not None and number > 1
    ]
    if parts:
        console.print("means: " + "; ".join(parts))


def _print_list_scores(runs: Sequence[Run], tasks: Registry, name: str) -> None:
    """Prints one line a run: the means over the tasks trained on and those held out as a whole."""
    from ilbench.contract.task_list import find_list
    from ilbench.plain_console import whole_table
    from ilbench.scores import score_list, score_run

    wanted = find_list(name)
    headings = ("run", "seen", "contexts held out", "tasks held out", "gap to them")
    table = whole_table(*headings, title=f"{name}: mean success")
    for run in runs:
        found = score_list(wanted, {scores.task: scores for scores in score_run(run, tasks)})
        means = (found.seen, found.context_held_out, found.task_held_out, found.task_gap)
        table.add_row(run.path.name, *("–" if one is None else _percent(one) for one in means))
    wide_console().print(table)


def _columns() -> list[tuple[Measure, Column]]:
    """Returns the measures that stand in the table, in their order."""
    from ilbench.scores import load_measures

    found = [(measure, measure.in_scores) for measure in load_measures() if measure.in_scores is not None]
    return sorted(found, key=lambda one: one[1].place)


def _text(measure: Measure, task: Task, scores: TaskScores, split: SplitScores) -> str:
    """Returns a score as a cell: rates in percent, steps in seconds where these have a length."""
    from ilbench.leaderboard.tables import count_text

    value = measure.of(scores, split)
    if value is None:
        return "–"
    beside = measure.beside.number(scores, split) if measure.beside else None
    if measure.unit == "count" and beside is not None:
        return count_text(value.value if isinstance(value, Estimate) else value, beside)
    if not isinstance(value, Estimate):
        return f"{value:.3g}"
    if measure.unit in ("rate", "difference of rates"):
        return _percent(value)
    if measure.unit == "steps":
        return f"{_number(value.over(task.control_hz))} s" if task.control_hz else f"{_number(value)} steps"
    return _number(value) + ("" if beside is None else f" ({beside:.2f})")


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f}% [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _number(estimate: Estimate) -> str:
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]"
