"""``ilbench bench``: what the harness costs on this machine."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.contract.policy import PLACES, Place
from ilbench.errors import ILBenchError
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from ilbench.bench.overhead import Pace
    from ilbench.contract.task import Task

IDLE_STEPS = 200_000


def bench(
    task: Annotated[list[str] | None, typer.Option(help="Only these tasks; all if not given.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of the runner.")] = 2,
    lanes: Annotated[int, typer.Option(min=1, max=8, help="Environments in each.")] = 8,
    seconds: Annotated[float, typer.Option(min=0.5, help="Length of one measurement, about.")] = 6.0,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements; the median is shown.")] = 3,
    environments: Annotated[
        bool, typer.Option("--environments", help="Instead: each task's references, steps/s and reset time.")
    ] = False,
    suite: Annotated[list[str] | None, typer.Option(help="Only the tasks of these suites.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --environments: also write this CSV file.")] = None,
) -> None:
    """Measure the runner beside a bare loop over the same environment, with the random baseline.

    share: steps/s of the runner over WORKERS times those of a bare loop in one process; the two are
    measured in turns. harness CPU: microseconds of processor time a step, on an idle environment.

    Examples:  ilbench bench --task d3il/avoiding-v2

    ilbench bench --environments --suite robosuite --seconds 1
    """
    from ilbench.contract.registry import load_registry

    registry = load_registry()
    named = [registry[name] for name in task or []]
    chosen = [*named, *(one for name in suite or [] for one in registry.select(suite=name))]
    ready = [one for one in chosen or registry.values() if one.missing_package() is None]
    if environments:
        _bench_environments(ready, seconds, rounds, out)
    else:
        _bench_runner(ready, workers, lanes, seconds, rounds)


def _bench_runner(tasks: list[Task], workers: int, lanes: int, seconds: float, rounds: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from ilbench.bench.overhead import IDLE

    cores = usable_cores()
    if workers > cores:
        raise ILBenchError(f"{workers} workers need {workers} cores to be compared fairly, found {cores}")
    table = Table("task", "bare steps/s", "inline steps/s", "share", "process steps/s", "share ", box=None)
    for one in tasks:
        table.add_row(one.id, *_shares(one, workers, lanes, seconds, rounds))
    costs = {place: _harness_us(IDLE, place, lanes, rounds) for place in PLACES}
    console = Console()
    console.print(table)
    for place, cost in costs.items():
        console.print(f"harness CPU, policy {place}: {cost:.1f} µs a step ({lanes} lanes, 16 numbers seen)")


def _bench_environments(tasks: list[Task], seconds: float, rounds: int, out: Path | None) -> None:
    """Prints what the references reached on test, and the pace of the bare environment in one process."""
    import csv

    from rich.table import Table

    from ilbench.bench.overhead import bare_pace, reset_ms
    from ilbench.cli.console import wide_console

    columns = ("task", "expert", "random", "episodes", "steps/s", "reset (ms)")
    rows = []
    for task in tasks:
        print(task.id, file=sys.stderr, flush=True)
        references = task.references()
        rates = [f"{r.success_rate:.2f}" if (r := references.get(n)) else "–" for n in ("expert", "random")]
        episodes = str(min((r.num_episodes for r in references.values()), default=0))
        pace = statistics.median(bare_pace(task, seconds).steps_per_s for _ in range(rounds))
        rows.append((task.id, *rates, episodes, f"{pace:.0f}", f"{reset_ms(task, 20):.2g}"))
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*row)
    wide_console().print(table)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def _shares(task: Task, workers: int, lanes: int, seconds: float, rounds: int) -> list[str]:
    """Returns the cells of a task: medians over rounds, each round measuring all three in turn."""
    from ilbench.bench.overhead import bare_pace

    measured: list[tuple[float, ...]] = []
    for number in range(rounds):
        print(f"{task.id}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
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
