"""The commands of the D3IL suite: ``ilbench d3il physics``, ``replay`` and ``speed``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say, wide_console


def physics(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A D3IL task.")],
    substeps: Annotated[
        int, typer.Option(min=1, help="Of the finer physics: D3IL takes 35 a control step, 30 in Stacking.")
    ] = 35,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of the expert.")] = 20,
) -> None:
    """Compare a D3IL task's physics step with a finer one, over the same episodes of its expert."""
    from ilbench.contract.registry import find_task
    from ilbench.tasks.d3il.timestep import compare

    found = compare(find_task(task), substeps, episodes)
    (own, fine), (own_speed, fine_speed) = found.success_rates, found.steps_per_s
    drift, finest_drift = (1000 * drift for drift in found.drifts_m)
    say(f"expert's success      {own:.3f} at the task's step, {fine:.3f} at {substeps} steps")
    say(f"same success and mode {found.same_outcomes:.3f} of {episodes} episodes in closed loop")
    say(f"control steps/s       {own_speed:,.0f} and {fine_speed:,.0f}, random actions")
    say(f"blind replays drift   {drift:.1f} mm apart")
    say(f"                      {finest_drift:.1f} mm at {substeps} and {2 * substeps} steps, for comparison")


def replay(
    task: Annotated[str, typer.Argument(metavar="TASK", help="d3il/avoiding-v3 or d3il/inserting-v2.")],
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="What 'ilbench demos import d3il' takes, or d3il-npz.")
    ],
    count: Annotated[
        int | None, typer.Option(min=1, help="So many, evenly spread; all if not given.")
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", help="At D3IL's own physics step of 1 ms.")] = False,
    figure: Annotated[
        Path | None, typer.Option(help="Also draw recorded and played paths: a .png, .pdf or .svg file.")
    ] = None,
) -> None:
    """Play people's recorded commands in a D3IL task, without looking, and compare with the recordings."""
    from ilbench.cli.progress import ProgressBar
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations.formats import read_file
    from ilbench.tasks.d3il import archive, archive_npz
    from ilbench.tasks.d3il.layout import EXACT
    from ilbench.tasks.d3il.replay import paths_figure, play, report

    found_task = find_task(task)
    reader = archive_npz if path.suffix == ".npz" else archive
    (found,) = reader.find_sets(path.expanduser(), task)
    recordings = [recording for file in found.files for recording in read_file(found, file)[0]]
    chosen = recordings[:: -(-len(recordings) // count)] if count else recordings
    with ProgressBar("replay", len(chosen), "recordings") as bar:
        replays = []
        for recording in chosen:
            replays.append(play(found_task, recording, EXACT if exact else None))
            bar.advance()
    for sentence in report(found_task, replays):
        say(sentence)
    if figure is not None:
        figure.parent.mkdir(parents=True, exist_ok=True)
        paths_figure(found_task, replays).savefig(figure)
        say(f"paths               {figure}")


def speed(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK...", help="State tasks of the D3IL suite.")],
    rounds: Annotated[int, typer.Option(min=1, help="Episodes; medians over them are shown.")] = 7,
    steps: Annotated[int, typer.Option(min=1, help="Control steps of each.")] = 100,
) -> None:
    """Measure tasks beside MuJoCo alone and beside D3IL, in processor time of one core."""
    from ilbench.contract.registry import find_task
    from ilbench.plain_console import whole_table
    from ilbench.tasks.d3il.speed import ORIGINAL, measure_speeds

    table = whole_table("task, control steps/s", "here", "MuJoCo alone", "of MuJoCo", "D3IL, elsewhere")
    for name in tasks:
        found = measure_speeds(find_task(name), rounds, steps)
        original = ORIGINAL.get(name.partition("/")[2].rpartition("-v")[0], "")
        table.add_row(name, f"{found.whole:,.0f}", f"{found.physics:,.0f}", f"{found.share:.2f}", original)
    wide_console().print(table)
