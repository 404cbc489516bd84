"""The commands of the baselines: ``ilbench bench baselines``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.command import Command
from ilbench.cli.console import say, wide_console
from ilbench.errors import UsageError

COMMANDS = (
    Command(
        name="bench baselines",
        summary="Measure parameters, network evaluations and time of each baseline.",
        function="ilbench.baselines.commands:bench",
    ),
)
COLUMNS = {
    "parameters": "parameters",
    "evaluations": "evaluations_per_action",
    "action": "action_time_of_bc_mlp",
    "step": "step_time_of_bc_mlp",
    "batch": "batch_size",
    "steps": "steps",
}
"""Heading of each column after the first, in the table and in the file."""
UNMEASURED = ("gcbc", "procedure-cloning")
"""Of the shared trainer, but for tasks with goals or mazes, trained on more than plain windows."""


def bench(
    baseline: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BASELINE...]", help="Baselines of the shared trainer; all if not given."),
    ] = None,
    task: Annotated[str, typer.Option(help="Task id.")] = "d3il/avoiding-v3",
    rounds: Annotated[int, typer.Option(min=1, help="Measurements; the median is shown.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Also as CSV, into this file.")] = None,
) -> None:
    """Measure parameters, network evaluations and time of each baseline, one beside the other.

    Times are processor time on one core, as multiples of those of bc-mlp, measured in turns with it: of an
    action, with eight episodes a call, and of a training step. Weights are fresh: they change no time. A call
    has eight rows however few episodes are played, so an episode alone costs eight times as much, by any
    baseline: the multiples are the same.

    Examples:  ilbench bench baselines

    ilbench bench baselines diffusion bet --task d3il/stacking-1-v2 --out costs.csv
    """
    from ilbench.baselines.costs import measure_costs
    from ilbench.contract.policy import DEFAULT_WIDTH
    from ilbench.contract.registry import find_task

    known = _measurable()
    if unknown := [name for name in baseline or () if name not in known]:
        raise UsageError(f"{', '.join(unknown)} cannot be measured here; expected some of {', '.join(known)}")
    chosen = list(dict.fromkeys(["bc-mlp", *(baseline or known)]))
    found = measure_costs(chosen, find_task(task).description(), rounds)
    unit = found[0]
    rows: list[tuple[str, ...]] = [
        (
            one.baseline,
            f"{one.parameters}",
            f"{one.evaluations:g}",
            f"{one.action_ms / unit.action_ms:.1f}",
            f"{one.step_ms / unit.step_ms:.1f}",
            f"{one.batch_size}",
            f"{one.steps}",
        )
        for one in found
    ]
    _print_table(rows)
    alone = unit.action_ms * DEFAULT_WIDTH
    say(f"bc-mlp: {unit.action_ms:.3f} ms an action of eight episodes, {alone:.3f} ms of one;")
    say(f"        {1000 / unit.step_ms:.0f} training steps/s of {unit.batch_size} windows")
    if out is not None:
        lines = [",".join(("baseline", *COLUMNS.values())), *map(",".join, rows)]
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table("baseline")
    for heading in COLUMNS:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    wide_console().print(table)


def _measurable() -> list[str]:
    from ilbench.baselines import BASELINES

    shared = "ilbench.baselines.trainer:train"
    trained = [spec.name for spec in BASELINES if spec.training and spec.training.train == shared]
    return [name for name in trained if name not in UNMEASURED]
