"""``ilbench check determinism``: are training and acting the same bits on other processors?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, wide_console
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from ilbench.arithmetic import Arithmetic
    from ilbench.checks.determinism import Amount, Cost, Outcome, Trial


def determinism(
    trial: Annotated[
        list[str], typer.Argument(metavar="BASELINE=TASK...", help="Trainable baselines, each on a task.")
    ],
    processors: Annotated[
        str | None,
        typer.Option(help="Emulated ones, with commas between.  [default: Haswell,Skylake-Client,EPYC-Rome]"),
    ] = None,
    steps: Annotated[int, typer.Option(min=2, help="Gradient steps of each training.")] = 40,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes with its weights.")] = 2,
    count: Annotated[int, typer.Option(min=2, help="Demonstrations that are trained on.")] = 4,
    cost: Annotated[
        int, typer.Option(min=0, help="Compare fixed with native arithmetic instead, so many times.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Train shortly and play some episodes, here and on emulated processors, and compare the digests.

    Emulation needs qemu-x86_64 (./debian-packages.sh --emulator) and takes minutes a processor; without it
    only this processor is tried, twice. Exit code 1 if any weights or records differ.

    With --cost the same is timed in fixed and in native arithmetic, in turns; use some hundred --steps.

    Example:  ilbench check determinism bc-mlp=d3il/avoiding-v3 --out determinism.csv
    """
    from ilbench.checks.determinism import PROCESSORS, Amount

    trials = [_prepared(one, count) for one in trial]
    amount = Amount(steps=steps, episodes=episodes)
    if cost:
        _write(out, _show_cost(trials, amount, cost))
        return
    names = PROCESSORS if processors is None else tuple(processors.split(","))
    raise SystemExit(1 if _show_digests(trials, amount, names, out) else 0)


def _prepared(text: str, count: int) -> Trial:
    """Returns a trial whose demonstrations are in the cache.

    Raises:
        UsageError: The text is not of the form ``BASELINE=TASK``.
    """
    from ilbench.checks.determinism import Trial
    from ilbench.contract.baseline import find_baseline
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations import ensure_demonstrations
    from ilbench.errors import UsageError

    name, _, task = text.partition("=")
    if not task:
        raise UsageError(f"{text!r}: expected BASELINE=TASK, such as bc-mlp=suite/task-v1")
    found = find_task(task)
    find_baseline(name).check_trainable(found.id)
    demonstrations = ensure_demonstrations(found, count=count)
    return Trial(baseline=name, task=found.id, demonstrations=demonstrations.folder.name)


def _show_digests(trials: list[Trial], amount: Amount, processors: tuple[str, ...], out: Path | None) -> bool:
    """Plays the trials on each processor and prints their digests; returns whether any differ."""
    from ilbench.checks.determinism import EMULATOR, NATIVE, differing, has_emulator
    from ilbench.plain_console import whole_table
    from ilbench.processor import processor_name

    if not has_emulator():
        say(f"{EMULATOR} is not installed (./debian-packages.sh --emulator): only this processor, twice")
        processors = (NATIVE,)
    outcomes: list[Outcome] = []
    with ProgressBar("processors", 1 + len(processors), "processors") as bar:
        for name in (NATIVE, *processors):
            outcomes.extend(_played(trials, amount, name, "fixed"))
            bar.advance()
    wrong = differing(outcomes)
    table = whole_table("baseline", "task", "processor", "weights", "records", "same")
    for one in outcomes:
        same = "–" if one.processor == NATIVE else _yes(one.processor not in wrong.get(_key(one), ()))
        table.add_row(one.baseline, one.task, one.processor, one.weights[:8], one.records[:8], same)
    wide_console().print(table)
    say(f"native is {processor_name() or 'of an unknown name'}; {len(wrong)} of {len(trials)} differ")
    _write(
        out,
        [
            {
                "baseline": one.baseline,
                "task": one.task,
                "processor": processor_name() if one.processor == NATIVE else f"{one.processor} (emulated)",
                "weights": one.weights,
                "records": one.records,
            }
            for one in outcomes
        ],
    )
    return bool(wrong)


def _show_cost(trials: list[Trial], amount: Amount, repeats: int) -> list[dict[str, object]]:
    """Times the trials in both arithmetics, in turns, and prints the ratios; returns them as rows."""
    from dataclasses import asdict

    from ilbench.checks.determinism import NATIVE, cost_of
    from ilbench.plain_console import whole_table

    fixed: list[Outcome] = []
    native: list[Outcome] = []
    with ProgressBar("repetitions", repeats, "repetitions") as bar:
        for _ in range(repeats):
            fixed.extend(_played(trials, amount, NATIVE, "fixed"))
            native.extend(_played(trials, amount, NATIVE, "native"))
            bar.advance()
    costs: list[Cost] = cost_of(fixed, native)
    table = whole_table("baseline", "task", "ms a step", "× native", "ms an action", "× native")
    for one in costs:
        numbers = (one.train_ms, one.train_ratio, one.act_ms, one.act_ratio)
        table.add_row(one.baseline, one.task, *(f"{number:.2f}" for number in numbers))
    wide_console().print(table)
    return [asdict(one) for one in costs]


def _played(trials: list[Trial], amount: Amount, processor: str, arithmetic: Arithmetic) -> Iterator[Outcome]:
    from ilbench.checks.determinism import play_trials

    with tempfile.TemporaryDirectory() as folder:
        yield from play_trials(trials, amount, Path(folder), processor=processor, arithmetic=arithmetic)


def _key(outcome: Outcome) -> tuple[str, str]:
    return outcome.baseline, outcome.task


def _yes(same: bool) -> str:
    return "yes" if same else "NO"


def _write(path: Path | None, rows: list[dict[str, object]]) -> None:
    from ilbench.leaderboard.escape import csv_text

    if path is not None:
        path.write_text(csv_text(list(rows[0]), rows), encoding="utf-8", newline="")
