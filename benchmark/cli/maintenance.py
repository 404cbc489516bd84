"""``ilbench doctor``, and ``ilbench maintain``: what a task's author runs before a task is published."""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ilbench.cli.options import TaskName
from ilbench.cli.progress import ProgressBar, obtain

if TYPE_CHECKING:
    from ilbench.contract.task import Task

SIGNS = {"ok": "[green]ok     [/green]", "warning": "[yellow]warning[/yellow]", "error": "[red]error  [/red]"}


def doctor() -> None:
    """Check the installation: simulators and versions, rendering, golden trajectories, storage.

    Exit code 1 if anything is wrong; each line says what to do.
    """
    from rich.console import Console
    from rich.markup import escape

    from ilbench.checks.doctor import examine
    from ilbench.contract.registry import load_registry

    console = Console()
    errors = 0
    for finding in examine(load_registry()):
        remedy = f"  → {escape(finding.remedy)}" if finding.remedy else ""
        console.print(f"{SIGNS[finding.status]} {escape(finding.subject)}: {escape(finding.message)}{remedy}")
        errors += finding.status == "error"
    raise SystemExit(1 if errors else 0)


def contexts(task: TaskName) -> None:
    """Write contexts.json from the task's versioned generator."""
    from ilbench.contract.registry import find_task
    from ilbench.errors import ILBenchError
    from ilbench.importing import load_object

    found = find_task(task)
    if found.contexts_of is not None:
        raise ILBenchError(f"{found.id} has no contexts of its own: it shares those in {found.contexts_of}")
    _write(found, "contexts.json", load_object(found.make_contexts)())


def golden(task: TaskName) -> None:
    """Record golden.json: the actions and states that 'ilbench doctor' replays."""
    from ilbench.checks.golden import write_golden
    from ilbench.contract.registry import find_task

    print(write_golden(find_task(task)))


def references(
    task: TaskName,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of each reference policy on test.")] = 100,
) -> None:
    """Measure random and expert on the test split, and the demonstrations' checksum: measured.json."""
    from ilbench.contract.registry import find_task

    found = find_task(task)
    measured: dict[str, Any] = {"references": {}}
    for name in ("random", *(["expert"] if found.expert else [])):
        measured["references"][name] = _measure(found, name, episodes)
    if found.demonstrations is not None:
        demonstrations = obtain(found)
        measured["demonstrations"] = {
            "checksum": demonstrations.checksum,
            "count": len(demonstrations),
            "num_steps": demonstrations.num_steps,
            "modes": {str(mode): n for mode, n in sorted(demonstrations.mode_counts.items())},
        }
    _write(found, "measured.json", measured)


def gallery(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="Whose tasks are drawn.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="A .png, .pdf or .svg file.")],
) -> None:
    """Draw the start and the end of an expert's episode of every task of a suite, as one figure."""
    from ilbench.checks.gallery import gallery_figure
    from ilbench.contract.registry import load_registry

    out.parent.mkdir(parents=True, exist_ok=True)
    gallery_figure(load_registry().select(suite=suite)).savefig(out)
    print(out)


def paths(
    task: TaskName, out: Annotated[Path, typer.Argument(metavar="FILE", help="A .png, .pdf or .svg file.")]
) -> None:
    """Draw the paths of the task's standard demonstrations from above, colored by mode."""
    from ilbench.checks.gallery import demonstrations_figure
    from ilbench.contract.registry import find_task

    found = find_task(task)
    out.parent.mkdir(parents=True, exist_ok=True)
    demonstrations_figure(found, obtain(found)).savefig(out)
    print(out)


def physics(
    task: TaskName,
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
    print(f"expert's success      {own:.3f} at the task's step, {fine:.3f} at {substeps} steps")
    print(f"same success and mode {found.same_outcomes:.3f} of {episodes} episodes in closed loop")
    print(f"control steps/s       {own_speed:,.0f} and {fine_speed:,.0f}, random actions")
    print(f"blind replays drift   {drift:.1f} mm apart")
    print(
        f"                      {finest_drift:.1f} mm at {substeps} and {2 * substeps} steps, for comparison"
    )


def robosuite_speed(
    tasks: Annotated[
        list[str], typer.Argument(metavar="TASK...", help="State tasks of the robosuite suite.")
    ],
    rounds: Annotated[int, typer.Option(min=1, help="Episodes; medians over them are shown.")] = 7,
    steps: Annotated[int, typer.Option(min=1, help="Control steps of each.")] = 60,
) -> None:
    """Measure tasks beside robosuite's own step and MuJoCo alone, in turns, in processor time."""
    from rich.console import Console
    from rich.table import Table

    from ilbench.contract.registry import find_task
    from ilbench.tasks.manipulation.robosuite.speed import measure_speeds

    table = Table(
        "task, control steps/s", "robosuite", "here", "MuJoCo alone", "faster", "of MuJoCo", box=None
    )
    for name in tasks:
        found = measure_speeds(find_task(name), rounds, steps)
        speeds = (f"{speed:,.0f}" for speed in (found.stock, found.ours, found.physics))
        table.add_row(name, *speeds, f"{found.times_faster:.2f}", f"{found.times_physics:.2f}")
    Console().print(table)


def ogbench_data(
    maze: Annotated[str, typer.Argument(metavar="MAZE", help="Of the point mazes: medium, large, teleport.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="navigate or stitch.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the .npz file goes.")],
    trajectories: Annotated[
        int | None, typer.Option(min=1, help="How many; OGBench's number if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 0,
) -> None:
    """Record data by OGBench's recipe in a point maze, in the layout of its files.

    Example:  ilbench maintain ogbench-data medium navigate data; then
    ilbench demos import ogbench data/pointmaze-medium-navigate-v0.npz
    """
    import numpy as np

    from ilbench.errors import UnknownNameError
    from ilbench.tasks.navigation.ogbench_data import SIZES, record
    from ilbench.tasks.navigation.ogbench_mazes import MAPS

    for what, name, known in (("maze", maze, MAPS), ("kind of data", kind, SIZES)):
        if name not in known:
            raise UnknownNameError(what, name, known)
    size = SIZES[kind]._replace(**({} if trajectories is None else {"num_trajectories": trajectories}))
    with ProgressBar(f"{kind} in {maze}", size.num_trajectories, "trajectories") as bar:
        arrays = record(maze, kind, size, seed, progress=lambda done, _: bar.show(done))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pointmaze-{maze}-{kind}-v0.npz"
    np.savez_compressed(path, **arrays)
    print(path)


def duplicates(
    suite: Annotated[str | None, typer.Argument(metavar="[SUITE]", help="Only its tasks.")] = None,
    task: Annotated[list[str] | None, typer.Option(help="Only these tasks.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Count the test levels that are also in train or validation: drawn by seed alone, and as they ship.

    Exit code 1 if a level that ships is not held out.
    """
    from dataclasses import asdict

    from rich.table import Table

    from ilbench.checks.held_out import count_duplicates
    from ilbench.cli.console import wide_console
    from ilbench.contract.registry import load_registry

    tasks = [one for one in load_registry().select(suite=suite) if not task or one.id in task]
    rows = []
    with ProgressBar("levels", len(tasks), "tasks") as bar:
        for one in tasks:
            rows.append(count_duplicates(one))
            bar.advance()
    counts = [asdict(row) for row in rows if row is not None]
    table = Table(*(counts[0] if counts else ("no task of these is played on levels",)), box=None)
    for row in counts:
        table.add_row(*map(str, row.values()))
    wide_console().print(table)
    if out is not None:
        write_table(out, counts)
    raise SystemExit(1 if any(row["after"] for row in counts) else 0)


def digests() -> None:
    """Write the ledger of spec digests: a digest may change only together with its task's version."""
    from ilbench.contract.registry import load_registry

    path = Path(str(files("ilbench.tasks"))) / "digests.json"
    ledger = {task.id: task.spec_digest() for task in load_registry().values()}
    path.write_text(json.dumps(ledger, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(path)


def entropy_bias(
    episodes: Annotated[str, typer.Option(help="Successes on a context, with commas between.")] = "8,16,100",
    modes: Annotated[str, typer.Option(help="Modes of a task, with commas between.")] = "2,4,24",
    samples: Annotated[int, typer.Option(min=2, help="Samples drawn in each cell.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write every cell to this CSV file.")] = None,
) -> None:
    """Compare the entropy estimators with the truth, by simulation over several distributions of modes.

    The table shows mean and worst |bias| and the mean root mean squared error over the distributions.
    """
    from dataclasses import asdict

    from rich.table import Table

    from ilbench.checks.entropy_bias import simulate_entropy_errors, summarize_entropy_errors
    from ilbench.cli.console import wide_console

    num_episodes, num_modes = ([int(part) for part in text.split(",")] for text in (episodes, modes))
    errors = list(simulate_entropy_errors(num_episodes, num_modes, samples, seed))
    table = Table("modes", "episodes", "estimator", "mean |bias|", "worst |bias|", "mean RMSE", box=None)
    for cell in summarize_entropy_errors(errors):
        values = (cell.mean_bias, cell.worst_bias, cell.mean_rmse)
        table.add_row(
            *map(str, (cell.num_modes, cell.num_episodes, cell.estimator)), *(f"{v:.4f}" for v in values)
        )
    wide_console().print(table)
    if out is not None:
        write_table(out, [asdict(error) for error in errors])


def scoring_speed(
    records: Annotated[int, typer.Option(min=1, help="Episode records, at least.")] = 1_000_000,
) -> None:
    """Measure how long a leaderboard takes, and its memory: made-up runs of 5 seeds on 50 tasks, on disk.

    They take longer to write than to score, and about 550 bytes a record of temporary space.
    """
    from ilbench.bench.scoring_speed import measure_leaderboard, write_runs
    from ilbench.contract.registry import load_registry

    with tempfile.TemporaryDirectory() as folder:
        with ProgressBar("runs", records, "records") as bar:
            written = write_runs(Path(folder), load_registry(), records, bar.show)
        pace = measure_leaderboard(Path(folder), written)
    print(f"records  {pace.num_records}")
    print(f"wall     {pace.wall_s:.1f} s")
    print(f"CPU      {pace.cpu_s:.1f} s, {1e6 * pace.cpu_s / pace.num_records:.1f} µs a record")
    print(f"memory   {pace.memory_gib:.2f} GiB")


def _measure(task: Task, policy: str, episodes: int) -> dict[str, float | int]:
    import ilbench

    num_contexts = min(task.split("test").num_contexts, episodes)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProgressBar(f"{policy} on {task.id}", episodes, "episodes") as bar,
    ):
        records = ilbench.run(
            policy,
            task=task,
            split="test",
            contexts=num_contexts,
            repeats=-(-episodes // num_contexts),
            out=Path(folder) / "run",
            progress=lambda now: bar.show_of(now.done, now.total),
        ).records
    return {
        "mean_return": sum(record.episode_return for record in records) / len(records),
        "success_rate": sum(bool(record.success) for record in records) / len(records),
        "num_episodes": len(records),
    }


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes rows with the same fields as a CSV file."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write(task: Task, name: str, content: object) -> None:
    package, _, folder = task.data.partition(":")
    path = Path(str(files(package))) / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_readable(content), encoding="utf-8")
    print(path)


def _readable(content: object) -> str:
    """Returns JSON with one list item a line, so that changes can be read in a diff."""
    if not isinstance(content, dict) or not any(isinstance(value, list) for value in content.values()):
        return json.dumps(content, indent=1) + "\n"
    blocks = []
    for key, items in content.items():
        lines = ",\n".join("  " + json.dumps(item) for item in items)
        blocks.append(f" {json.dumps(key)}: [\n{lines}\n ]")
    return "{\n" + ",\n".join(blocks) + "\n}\n"
