"""``ilbench score`` and ``ilbench leaderboard``: from run folders to numbers, tables, a page, figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ilbench.cli.console import wide_console

if TYPE_CHECKING:
    from rich.console import Console

    from ilbench.contract.task import Task
    from ilbench.runs.folder import Run
    from ilbench.scores import Estimate, SplitScores, TaskScores, TimeToSuccess
    from ilbench.scores.statistics.intervals import IntervalName

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold run folders.")
]
Format = Literal["table", "md", "csv", "latex", "html", "json"]


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
    rollout_figure: Annotated[
        Path | None,
        typer.Option(help="Also draw behavior entropy against the number of rollouts (.png, .pdf, .svg)."),
    ] = None,
) -> None:
    """Recompute the scores of runs from their episodes: value, interval and n.

    Example:  ilbench score runs/bc-mlp-d3il-avoiding-v2-full-seed-0
    """
    from ilbench.runs.folder import load_runs

    loaded = load_runs(*runs)
    if as_json:
        from dataclasses import asdict

        print(
            json.dumps(
                {str(run.path): [asdict(s) for s in score_run(run, interval)] for run in loaded}, indent=1
            )
        )
    else:
        print_scores(loaded, interval)
    if task_list is not None:
        _print_list_scores(loaded, task_list)
    if rollout_figure is not None:
        from ilbench.contract.registry import load_registry
        from ilbench.leaderboard import save_rollout_figure

        save_rollout_figure(loaded, load_registry(), rollout_figure)


def leaderboard(
    runs: Runs,
    output_format: Annotated[Format, typer.Option("--format", help="table is for the terminal.")] = "table",
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Also draw the two figures into this folder (PNG, PDF, SVG).")
    ] = None,
    preset: Annotated[str, typer.Option(help="Which preset is ranked; no table mixes two.")] = "full",
    task_list: Annotated[
        str | None, typer.Option("--list", help="The mean is over this task list, such as metaworld/mt10.")
    ] = None,
) -> None:
    """Make the leaderboard of runs: only complete runs of one preset are ranked.

    Examples:  ilbench leaderboard runs/*

    ilbench leaderboard results/* --format html --out board.html --figures figures
    """
    from ilbench.contract.registry import load_registry
    from ilbench.contract.task_list import find_list
    from ilbench.leaderboard import build, render, save_figures
    from ilbench.runs.folder import load_runs

    tasks = None if task_list is None else find_list(task_list).tasks
    board = build(load_runs(*runs), load_registry(), tasks=tasks, preset=preset)
    if output_format == "table":
        from ilbench.leaderboard import terminal_view

        wide_console().print(terminal_view(board))
    else:
        text = render(board, output_format)
        if out is None:
            print(text, end="")
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text, encoding="utf-8")
            print(f"wrote {out}")
    if figures is not None:
        for path in save_figures(board, figures):
            print(f"wrote {path}")


def score_run(run: Run, interval: IntervalName = "wilson") -> list[TaskScores]:
    """Returns the scores of each task of a run that has an episode to score."""
    from ilbench.contract.registry import load_registry
    from ilbench.runs.folder import records_by_task
    from ilbench.scores import INTERVALS, score_task

    registry = load_registry()
    return [
        score_task(registry[task], records, interval=INTERVALS[interval])
        for task, records in records_by_task(run.records).items()
        if any(record.status != "env_error" for record in records)
    ]


def print_scores(runs: Sequence[Run], interval: IntervalName = "wilson") -> None:
    """Prints one table a run: every split with its scores and n, and the gaps to train."""
    from rich.table import Table

    from ilbench.contract.registry import load_registry

    registry = load_registry()
    console = wide_console()
    for run in runs:
        state = "" if run.complete else f" — incomplete: {len(run.missing)} episodes to play"
        table = Table(
            title=f"{run.header.submission.name} ({run.header.preset}){state}", title_justify="left", box=None
        )
        for column in (
            "task",
            "split",
            "success",
            "at the end",
            "time to success",
            "return (normalized)",
            "modes",
            "behavior entropy",
            "from demos (JS)",
            "gap to train",
            "n",
        ):
            table.add_column(column)
        found = score_run(run, interval)
        for scores in found:
            for split in scores.splits.values():
                table.add_row(*_row(registry[scores.task], scores, split))
        console.print(table)
        _print_generalization(console, found)
        if unscored := sum(scores.num_unscored for scores in found):
            console.print(
                f"{unscored} episodes ended in an environment error; run the same command to play them again"
            )


def _print_generalization(console: Console, scores: Sequence[TaskScores]) -> None:
    """Prints what is lost from test to each shift, the severity curves, and the means over tasks."""
    from rich.table import Table

    from ilbench.scores import summarize_generalization

    shifted = [(task, shift) for task in scores for shift in task.shifts]
    if shifted:
        table = Table("task", "shift", "less than test", "of it is kept", "paired", box=None)
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


def _print_list_scores(runs: Sequence[Run], name: str) -> None:
    """Prints one line a run: the means over the tasks trained on and those held out as a whole."""
    from rich.table import Table

    from ilbench.contract.task_list import find_list
    from ilbench.scores import score_list

    wanted = find_list(name)
    table = Table(title=f"{name}: mean success", title_justify="left", box=None)
    for column in ("run", "seen", "contexts held out", "tasks held out", "gap to them"):
        table.add_column(column)
    for run in runs:
        found = score_list(wanted, {scores.task: scores for scores in score_run(run)})
        means = (found.seen, found.context_held_out, found.task_held_out, found.task_gap)
        table.add_row(run.path.name, *("–" if one is None else _percent(one) for one in means))
    wide_console().print(table)


def _row(task: Task, scores: TaskScores, split: SplitScores) -> tuple[str, ...]:
    from ilbench.leaderboard.tables import modes_text

    diversity, generalization = split.diversity, scores.gap(split.split)
    normalized, divergence = split.normalized_return, diversity.from_demonstrations if diversity else None
    return (
        task.id,
        split.split,
        _percent(split.success),
        _percent(split.final_success) if split.final_success else "–",
        _time(split.time_to_success, task.control_hz),
        _number(split.mean_return) + (f" ({normalized.value:.2f})" if normalized else ""),
        modes_text(diversity) if diversity else "–",
        _number(diversity.entropy) if diversity and diversity.entropy else "–",
        _number(divergence.js) if divergence else "–",
        _percent(generalization.gap) if generalization else "–",
        str(split.num_episodes),
    )


def _time(time: TimeToSuccess | None, control_hz: float | None) -> str:
    """Returns the mean in seconds, or in control steps where the task's time has no unit."""
    if time is None:
        return "–"
    return f"{_number(time.in_seconds(control_hz).mean)} s" if control_hz else f"{_number(time.mean)} steps"


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f}% [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def _number(estimate: Estimate) -> str:
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]"
