"""``ilbench plot``: figures of demonstrations and of the policies that learned from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import CHECKPOINTS, Checkpoints, FigureFile, TaskName
from ilbench.cli.progress import ProgressBar, obtain

if TYPE_CHECKING:
    from ilbench.checks.paths_figure import Way
    from ilbench.contract.task import Task
    from ilbench.runs.folder import Run
    from ilbench.runs.record import EpisodeRecord

DataSet = Annotated[str, typer.Argument(metavar="NAME", help="A data set of the task.")]
Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders with the test split.")]


def paths(
    task: TaskName,
    out: FigureFile,
    run: Annotated[
        Path | None, typer.Option(help="Draw episodes of this run's test split, played once more.")
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of the run, at most.")] = 96,
    checkpoints: Checkpoints = CHECKPOINTS,
) -> None:
    """Draw the paths of the task's standard demonstrations, or of a run, from above, colored by mode.

    Examples:  ilbench plot paths d3il/avoiding-v3 demonstrations.png

    ilbench plot paths d3il/avoiding-v3 diffusion.png --run runs/diffusion
    """
    from ilbench.checks.paths_figure import paths_figure, way_of
    from ilbench.contract.registry import find_task

    found = find_task(task)
    if run is None:
        shown = obtain(found).trajectories
        ways = [way_of(found, one.observations, one.mode, one.success) for one in shown]
        whose = "demonstrations"
    else:
        ways = _ways_of(run, found, episodes, checkpoints)
        whose = f"episodes of {run.name}"
    out.parent.mkdir(parents=True, exist_ok=True)
    paths_figure(found, ways, whose).savefig(out)
    say(out)


def _ways_of(folder: Path, task: Task, episodes: int, checkpoints: Path) -> list[Way]:
    """Returns the ways of episodes of a run's test split, evenly spread over it."""
    from ilbench.checks.paths_figure import way_of
    from ilbench.run_trajectories import play_states

    run, records = _tested(folder, task)
    chosen = records[:: -(-len(records) // episodes)]
    with ProgressBar("replays", len(chosen), "episodes") as bar:
        states = play_states(run, task, chosen, bar.show_of, checkpoints=checkpoints)
    kept = [record for record in chosen if record.id in states]
    return [way_of(task, states[one.id], one.mode, bool(one.success)) for one in kept]


def modes(task: TaskName, demonstrations: DataSet, out: FigureFile, runs: Runs) -> None:
    """Draw how often demonstrations show each mode, and policies that learned from them.

    Runs of one name are drawn together. A policy's share is of its test episodes that succeeded.

    Example:  ilbench plot modes d3il/avoiding-v3 d3il-human-v1 modes.png runs/diffusion*
    """
    from ilbench.checks.modes_figure import mode_shares, modes_figure, shares_of
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations import load_demonstrations

    found = find_task(task)
    by_name: dict[str, list[EpisodeRecord]] = {}
    for run, records in (_tested(folder, found) for folder in runs):
        by_name.setdefault(run.header.submission.name, []).extend(records)
    shown = load_demonstrations(found, source=demonstrations)
    policies = {
        name: shares_of([record.mode for record in records if record.success], len(found.modes))
        for name, records in by_name.items()
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    modes_figure(found, {shown.name: mode_shares(shown), **policies}).savefig(out)
    say(out)


def returns(task: TaskName, demonstrations: DataSet, out: FigureFile, runs: Runs) -> None:
    """Draw the returns of demonstrations and of policies that learned from them, in held-out episodes.

    Runs of one name are drawn together. On PushT a return is the best coverage of the goal over 0.95.
    """
    from ilbench.checks.returns_figure import returns_figure
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations import load_demonstrations

    found = find_task(task)
    shown = load_demonstrations(found, source=demonstrations).trajectories
    by_name = {demonstrations: [float(one.rewards.sum()) for one in shown]}
    for run, records in (_tested(folder, found) for folder in runs):
        by_name.setdefault(run.header.submission.name, []).extend(one.episode_return for one in records)
    out.parent.mkdir(parents=True, exist_ok=True)
    returns_figure(by_name).savefig(out)
    say(out)


def _tested(folder: Path, task: Task) -> tuple[Run, list[EpisodeRecord]]:
    """Returns a run and its episodes of a task's test split.

    Raises:
        UsageError: There is none.
    """
    from ilbench.errors import UsageError
    from ilbench.runs.folder import load_run

    run = load_run(folder)
    records = [one for one in run.records if (one.task, one.split) == (task.id, "test")]
    if not records:
        raise UsageError(f"{run.path}: no episode of {task.id}'s test split in it")
    return run, records
