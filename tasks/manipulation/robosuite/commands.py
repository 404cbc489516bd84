"""The commands of the robosuite suite: ``ilbench robosuite speed``."""

from __future__ import annotations

from typing import Annotated

import typer

from ilbench.cli.console import wide_console


def speed(
    tasks: Annotated[
        list[str], typer.Argument(metavar="TASK...", help="State tasks of the robosuite suite.")
    ],
    rounds: Annotated[int, typer.Option(min=1, help="Episodes; medians over them are shown.")] = 7,
    steps: Annotated[int, typer.Option(min=1, help="Control steps of each.")] = 60,
) -> None:
    """Measure tasks beside robosuite's own step and MuJoCo alone, in turns, in processor time."""
    from ilbench.contract.registry import find_task
    from ilbench.plain_console import whole_table
    from ilbench.tasks.manipulation.robosuite.speed import measure_speeds

    table = whole_table("task, control steps/s", "robosuite", "here", "MuJoCo alone", "faster", "of MuJoCo")
    for name in tasks:
        found = measure_speeds(find_task(name), rounds, steps)
        speeds = (f"{pace:,.0f}" for pace in (found.stock, found.ours, found.physics))
        table.add_row(name, *speeds, f"{found.times_faster:.2f}", f"{found.times_physics:.2f}")
    wide_console().print(table)
