"""``ilbench bench``: what the harness, the environments and the scoring cost on this machine."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, wide_console
from ilbench.cli.progress import ProgressBar
from ilbench.contract.policy import PLACES, Place
from ilbench.errors import UsageError
from ilbench.plain_text import one_line
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from ilbench.bench.overhead import Pace
    from ilbench.contract.task import Task

IDLE_STEPS = 200_000
COLUMNS = ("task", "expert", "random", "episodes", "steps/s", "reset (ms)")
Tasks = Annotated[list[str] | None, typer.Option("--task", help="Only these tasks; all if not given.")]
Suites = Annotated[list[str] | None, typer.Option("--suite", help="Only the tasks of these suites.")]
Seconds = Annotated[float, typer.Option(min=0.5, help="Length of one measurement, about.")]
Rounds = Annotated[int, typer.Option(min=1, help="Measurements; the median is shown.")]


def harness(
    task: Tasks = None,
    suite: Suites = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of the runner.")] = 2,
    lanes: Annotated[int, typer.Option(min=1, max=8, help="Environments in each.")] = 8,
    seconds: Seconds = 6.0,
    rounds: Rounds = 3,
) -> None:
    """Measure the runner beside a bare loop over the same environment, with the random baseline.

    share: steps/s of the runner over WORKERS times those of a bare loop in one process; the two are
    measured in turns. harness CPU: microseconds of processor time a step, on an idle environment. Linux only.

    Example:  ilbench bench harness --task d3il/avoiding-v3
    """
    from ilbench.bench.overhead import IDLE, check_can_count
    from ilbench.plain_console import PlainConsole, whole_table

    check_can_count()
    cores = usable_cores()
    if workers > cores:
        raise UsageError(f"{workers} workers need {workers} cores to be compared fairly, found {cores}")
    table = whole_table("task", "bare steps/s", "inline steps/s", "share", "process steps/s", "share ")
    for one in _chosen(task, suite):
        table.add_row(one.id, *_shares(one, workers, lanes, seconds, rounds))
    costs = {place: _harness_us(IDLE, place, lanes, rounds) for place in PLACES}
    console = PlainConsole()
    console.print(table)
    for place, cost in costs.items():
        console.print(f"harness CPU, policy {place}: {cost:.1f} µs a step ({lanes} lanes, 16 numbers seen)")


def places(
    lanes: Annotated[int, typer.Option(min=1, max=8, help="Environments side by side.")] = 8,
    steps: Annotated[int, typer.Option(min=1000, help="Steps of one measurement, about.")] = 40_000,
    rounds: Rounds = 3,
    sandbox: Annotated[
        list[str] | None, typer.Option(help="Also a process in this sandbox, such as bwrap.")
    ] = None,
    python: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="Interpreter of an environment with openpi-client or vla-eval, for their own loops: "
            "openpi=PATH, vla-eval=PATH.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Measure what each place of a policy costs: steps/s and processor time a step, with nothing to compute.

    numbers: 20 of them; images: two of 96 × 96 × 3. The policy answers zeros, the environment stands still:
    what is measured is the way between them. Linux only.

    Example:  ilbench bench places --python vla-eval=envs/vlaeval/bin/python
    """
    from ilbench.bench.wires import WORKLOADS, Cost, measure_places
    from ilbench.leaderboard.escape import csv_text
    from ilbench.plain_console import PlainConsole, whole_table

    pythons = {name: Path(path) for name, _, path in (text.partition("=") for text in python or [])}
    found: list[Cost] = []
    for workload in WORKLOADS:
        found += measure_places(
            workload,
            num_lanes=lanes,
            num_steps=steps if workload == "numbers" else max(1000, steps // 4),
            rounds=rounds,
            sandboxes=sandbox or (),
            pythons=pythons,
            tell=lambda text: say(text, is_aside=True),
        )
    table = whole_table("seen", "place", "steps/s", "µs CPU a step")
    for cost in found:
        table.add_row(cost.workload, cost.place, f"{cost.steps_per_s:,.0f}", f"{cost.cpu_us:.1f}")
    PlainConsole().print(table)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            {
                "seen": cost.workload,
                "place": cost.place,
                "lanes": str(lanes),
                "steps_per_s": f"{cost.steps_per_s:.0f}",
                "cpu_us": f"{cost.cpu_us:.1f}",
                "rounds": str(cost.rounds),
            }
            for cost in found
        ]
        out.write_text(csv_text(tuple(lines[0]), lines), encoding="utf-8", newline="")


def environments(
    task: Tasks = None,
    suite: Suites = None,
    seconds: Seconds = 6.0,
    rounds: Rounds = 3,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Show each task's references, and measure steps/s and reset time of its bare environment.

    Example:  ilbench bench environments --suite robosuite --seconds 1
    """
    from ilbench.bench.overhead import bare_pace, reset_ms
    from ilbench.leaderboard.escape import csv_text
    from ilbench.plain_console import whole_table

    rows = []
    for one in _chosen(task, suite):
        say(one.id, is_aside=True)
        references = one.references()
        rates = [f"{r.success_rate:.2f}" if (r := references.get(n)) else "–" for n in ("expert", "random")]
        episodes = str(min((r.num_episodes for r in references.values()), default=0))
        pace = statistics.median(bare_pace(one, seconds).steps_per_s for _ in range(rounds))
        rows.append((one.id, *rates, episodes, f"{pace:.0f}", f"{reset_ms(one, 20):.2g}"))
    table = whole_table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    wide_console().print(table)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        lines = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        out.write_text(csv_text(COLUMNS, lines), encoding="utf-8", newline="")


def scoring(
    records: Annotated[int, typer.Option(min=1, help="Episode records, at least.")] = 1_000_000,
) -> None:
    """Measure how long a leaderboard takes, and its memory: made-up runs of 5 seeds on 50 tasks, on disk.

    They take longer to write than to score, and about 550 bytes a record of temporary space.
    """
    import tempfile

    from ilbench.bench.scoring_speed import measure_leaderboard, write_runs
    from ilbench.contract.registry import load_registry

    with tempfile.TemporaryDirectory() as folder:
        with ProgressBar("runs", records, "records") as bar:
            written = write_runs(Path(folder), load_registry(), records, bar.show)
        pace = measure_leaderboard(Path(folder), written)
    say(f"records  {pace.num_records}")
    say(f"wall     {pace.wall_s:.1f} s")
    say(f"CPU      {pace.cpu_s:.1f} s, {1e6 * pace.cpu_s / pace.num_records:.1f} µs a record")
    say(f"memory   {pace.memory_gib:.2f} GiB")


def adapters(
    checkpoints: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Files called as their adapter (sb3.zip, onnx.onnx, …), and folders with submission.toml.",
        ),
    ],
    task: Annotated[str, typer.Option(help="What they play, where a folder does not say.")],
    python: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PATH", help="The interpreter that has an adapter's library; repeat it."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Measure what a file of another library takes: lines, seconds to the first step, processor time a step.

    difference: of an action from the library's own call, at most, over 1,000 observations of random
    episodes. µs: processor time a lane and step, 8 lanes a call, without the way to the policy's process.

    Example:  ilbench bench adapters checkpoints --task d3il/avoiding-v3 --python jax=/env/bin/python
    """
    from dataclasses import asdict, fields

    from ilbench.bench.adapters import AdapterCost, find_checkpoints, measure
    from ilbench.contract.registry import find_task
    from ilbench.leaderboard.escape import csv_text
    from ilbench.plain_console import whole_table

    pythons = dict(_named(one) for one in python or [])
    table = whole_table("adapter", "library", "code", "TOML", "start (s)", "difference", "µs", "library's µs")
    rows = []
    for checkpoint in find_checkpoints(checkpoints, find_task(task), pythons):
        say(f"{checkpoint.adapter}: {one_line(checkpoint.text)}", is_aside=True)
        cost = measure(checkpoint)
        rows.append({key: f"{v:.3g}" if isinstance(v, float) else v for key, v in asdict(cost).items()})
        table.add_row(*(str(value) for key, value in rows[-1].items() if key != "task"))
    if not rows:
        raise UsageError(f"{one_line(str(checkpoints))}: no file or folder in it is called as an adapter")
    wide_console().print(table)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        names = tuple(one.name for one in fields(AdapterCost))
        out.write_text(csv_text(names, rows), encoding="utf-8", newline="")


def _named(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals:
        raise UsageError(f"--python {one_line(text)}: expected NAME=PATH, such as jax=/env/bin/python")
    return name, path


def _chosen(tasks: list[str] | None, suites: list[str] | None) -> list[Task]:
    """Returns the tasks that were named, all if none was, as far as their simulators are installed."""
    from ilbench.contract.registry import load_registry

    registry = load_registry()
    named = [registry[name] for name in tasks or []]
    chosen = [*named, *(one for name in suites or [] for one in registry.select(suite=name))]
    return [one for one in chosen or registry.values() if one.missing_package() is None]


def _shares(task: Task, workers: int, lanes: int, seconds: float, rounds: int) -> list[str]:
    """Returns the cells of a task: medians over rounds, each round measuring all three in turn."""
    from ilbench.bench.overhead import bare_pace

    measured: list[tuple[float, ...]] = []
    for number in range(rounds):
        say(f"{task.id}: round {number + 1} of {rounds}", is_aside=True)
        bare = bare_pace(task, seconds).steps_per_s
        steps = int(bare * workers * seconds)
        paces = [_pace(task, place, workers, lanes, steps).steps_per_s for place in PLACES]
        measured.append((bare, *paces, *(pace / bare / workers for pace in paces)))
    bare, inline, process, share, share_process = map(statistics.median, zip(*measured, strict=True))
    return [f"{bare:,.0f}", f"{inline:,.0f}", f"{share:.2f}", f"{process:,.0f}", f"{share_process:.2f}"]


def _harness_us(idle: Task, place: Place, lanes: int, rounds: int) -> float:
    from ilbench.bench.overhead import bare_pace

    costs = [
        _pace(idle, place, 1, lanes, IDLE_STEPS).cpu_us - bare_pace(idle, 0.5).cpu_us for _ in range(rounds)
    ]
    return statistics.median(costs)


def _pace(task: Task, place: Place, workers: int, lanes: int, steps: int) -> Pace:
    from ilbench.bench.overhead import runner_pace
    from ilbench.contract.baseline import find_baseline
    from ilbench.contract.policy_spec import PolicySpec

    spec = PolicySpec(load=find_baseline("random").entry or "", place=place)
    return runner_pace(task, spec, num_workers=workers, num_lanes=lanes, num_steps=steps)
