"""The commands of the D3IL suite: ``ilbench d3il physics``."""

from __future__ import annotations

from typing import Annotated

import typer

from ilbench.cli.console import say


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
