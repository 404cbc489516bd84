"""``ilbench score``: the scores of runs, recomputed from their episodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.options import UndeclaredTasks

if TYPE_CHECKING:
    from ilbench.contract.registry import Registry
    from ilbench.runs.folder import Run
    from ilbench.scores.statistics.estimate import Estimate
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

    Example:  ilbench score runs/bc-mlp-d3il-avoiding-v3-full-seed-0
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
    """Prints every run: its splits with their scores and n, its shifts, the means over tasks, notes."""
    from ilbench.cli.score_tables import score_views
    from ilbench.scores import INTERVALS, score_run

    console = wide_console()
    for number, run in enumerate(runs):
        if number:
            console.print()
        for view in score_views(run, score_run(run, tasks, interval=INTERVALS[interval]), tasks):
            console.print(view)


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


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f}% [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
