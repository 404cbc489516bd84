"""``ilbench demos inspect``: what can be said of demonstrations before training on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, say_all, wide_console
from ilbench.cli.options import TaskName
from ilbench.cli.progress import obtain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ilbench.demonstrations import DataQuality, Demonstrations
    from ilbench.demonstrations.quality import Coverage


def inspect(
    task: TaskName,
    demonstrations: Annotated[
        str | None, typer.Option(help="Name of a data set of the task; its standard one if not given.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="So many of the standard ones, generated if there are none.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(help="Compare the coverage with this data set of the task as well; may be repeated."),
    ] = None,
    bins: Annotated[int, typer.Option(min=1, max=1_000_000, help="Bins a real-valued dimension.")] = 10,
    neighbors: Annotated[int, typer.Option(min=1, max=1_000_000, help="Neighbors of a state, at most.")] = 10,
    figure: Annotated[
        Path | None,
        typer.Option(
            help="Write a picture there as well: paths, lengths and modes; its suffix is the format."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All numbers, as JSON.")] = False,
) -> None:
    """Show the quality of demonstrations: how good, how various, how consistent they are.

    No single number ranks data sets; each line says what it is and which way is good. How often each mode is
    shown stands beside the same of the sets that are compared.

    Examples:  ilbench demos inspect minigrid/door-key-8x8-v1

    ilbench demos inspect robosuite/lift-v2 --demonstrations expert-1c2d3e4f-v1 --against expert-v1

    ilbench demos inspect d3il/inserting-v2 --demonstrations d3il-human-v1 --figure people.png
    """
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations import inspect_trajectories, load_demonstrations
    from ilbench.errors import UsageError

    if demonstrations is not None and count is not None:
        raise UsageError("--count chooses among the standard demonstrations; leave it out with a data set")
    found = find_task(task)
    data = (
        obtain(found, count=count)
        if demonstrations is None
        else load_demonstrations(found, source=demonstrations)
    )
    others = [load_demonstrations(found, source=name) for name in against or []]
    quality = inspect_trajectories(
        found,
        data.trajectories,
        others=[other.trajectories for other in others],
        num_bins=bins,
        num_neighbors=neighbors,
    )
    if as_json:
        import json
        from dataclasses import asdict

        say_all(json.dumps({"task": found.id, "demonstrations": data.name, **asdict(quality)}, indent=1))
    else:
        _print(data, quality, [other.name for other in others])
        _print_modes(data, others)
    if figure is not None:
        from ilbench.checks.demonstrations_figure import draw_demonstrations

        draw_demonstrations(data, others, figure.expanduser())
        say(f"picture         {figure}", is_aside=True)


def _print(data: Demonstrations, quality: DataQuality, others: list[str]) -> None:
    from ilbench.plain_console import styled, whole_table

    title = f"{data.task.id}: {data.name}"
    table = whole_table("", "", "what it says", title=title, prose={"what it says": 28})
    for name, value, meaning in (*_amount(quality), *_variety(quality, others), *_consistency(quality)):
        table.add_row(name, value, styled(meaning, "dim"))
    wide_console().print(table)


def _print_modes(data: Demonstrations, others: list[Demonstrations]) -> None:
    """Prints how often each mode is shown, here and in the sets that are compared."""
    from ilbench.plain_console import whole_table

    if len(data.task.modes) < 2:
        return
    sets = (data, *others)
    table = whole_table("mode", "", *(each.name for each in sets), title="how often each mode is shown")
    for mode, name in enumerate(data.task.modes):
        shares = [each.mode_counts.get(mode, 0) for each in sets]
        shown = (f"{n} ({100 * n / len(each):.1f}%)" for n, each in zip(shares, sets, strict=True))
        table.add_row(str(mode), name, *shown)
    undecided = [sum(t.mode is None for t in each.trajectories) for each in sets]
    if any(undecided):
        table.add_row("–", "undecided", *map(str, undecided))
    wide_console().print(table)


def _amount(quality: DataQuality) -> Iterator[tuple[str, str, str]]:
    low, median, high = quality.length
    yield "demonstrations", str(quality.num_demonstrations), f"{quality.num_steps} control steps in all"
    yield (
        "length",
        f"{median:g} [{low}, {high}]",
        "median and range of steps; the longer, the more errors add up",
    )
    yield "success", f"{100 * quality.success_rate:.1f}%", "share labeled a success"
    tq = quality.trajectory_quality
    yield (
        "trajectory quality",
        "–" if tq is None else f"{tq:.3f}",
        f"mean return {quality.mean_return:.4g}, where the random policy has 0 and the expert 1 (TQ)",
    )


def _variety(quality: DataQuality, others: list[str]) -> Iterator[tuple[str, str, str]]:
    if quality.num_contexts is not None:
        contexts = f"{quality.num_contexts} of {quality.num_train_contexts}"
        yield "contexts", contexts, "train contexts (levels) shown; more help on unseen ones"
    yield "duplicates", str(quality.num_duplicates), "repeat an earlier one step for step, and add nothing"
    cover = quality.coverage
    yield "distinct states", str(cover.num_states), f"of {cover.num_steps}; {_binning(cover)}"
    yield "state-actions", str(cover.num_state_actions), "distinct pairs of state and executed action"
    if others:
        yield "SACo", f"{cover.saco:.3f}", f"share of those found here or in {', '.join(others)}"
    modes = quality.modes
    if modes is not None:
        shown = f"{len(modes.counts)} of {modes.num_modes}"
        undecided = f"; {modes.num_undecided} without a mode" if modes.num_undecided else ""
        yield "modes", shown, f"behavior modes shown{undecided}"
        if modes.entropy is not None and modes.chance is not None:
            meaning = f"1 is even; as many drawn by chance have {modes.chance:.3f}"
            yield "mode balance", f"{modes.entropy:.3f}", meaning


def _binning(cover: Coverage) -> str:
    if not cover.num_binned:
        return "counted exactly, as observed"
    return (
        f"{cover.num_binned} real dimensions in {cover.num_bins} bins each, on the range of all sets compared"
    )


def _consistency(quality: DataQuality) -> Iterator[tuple[str, str, str]]:
    near = quality.neighborhoods
    if near is None:
        return
    yield (
        "neighbor distance",
        f"{near.distance:.3g}",
        f"to the nearest state of {near.num_neighbors} other demonstrations, in standard deviations",
    )
    yield (
        "action variance",
        f"{near.action_variance:.3g}",
        "of labels among these; low: alike states, alike actions",
    )
    yield (
        "transition diversity",
        f"{near.transition_diversity:.3g}",
        "of what follows alike states and actions; some of it teaches to recover",
    )
