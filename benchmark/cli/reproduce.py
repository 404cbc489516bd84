"""``ilbench reproduce``: a published number, made again from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import TaskName

if TYPE_CHECKING:
    from ilbench.ledger.boards import Cell
    from ilbench.runs.folder import Run
    from ilbench.scores.statistics.estimate import Estimate


def reproduce(
    baseline: Annotated[str, typer.Argument(metavar="BASELINE", help="A baseline of the ledger.")],
    task: TaskName,
    demonstrations: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A data set of the task.  [default: that of the ledger]"),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Training seeds, from 0.")] = 1,
    results: Annotated[
        Path, typer.Option(help="Folder with ledger.toml, the published runs and published.csv.")
    ] = Path("results"),
    out: Annotated[
        Path, typer.Option(help="Folder of what is made: checkpoints and runs; the same command goes on.")
    ] = Path("reproduced"),
    steps: Annotated[
        int | None,
        typer.Option(
            help="Gradient steps, instead of the baseline's own number: then it is another policy, which is "
            "compared all the same."
        ),
    ] = None,
) -> None:
    """Make a published number again: demonstrations, training, run, and a verdict.

    Every seed is compared with the published run of the same cell: are the weights the same bits, are the
    records, and if not, is the success rate inside the published interval? All seeds together are compared
    with what papers report. Exit code 1 if a seed is outside.

    Examples:  ilbench reproduce bc-gmm d3il/avoiding-v3

    ilbench reproduce diffusion d3il/avoiding-v3 --seeds 3
    """
    from ilbench.cli.cells import make_cell

    cells = _cells(baseline, task, demonstrations, seeds, results)
    runs = [
        make_cell(cell, cell.folder(out / "runs"), checkpoints=out / "checkpoints", steps=steps)
        for cell in cells
    ]
    is_inside = [_say_verdict(cell, run, results) for cell, run in zip(cells, runs, strict=True)]
    _say_published(baseline, task, runs, results)
    raise SystemExit(0 if all(is_inside) else 1)


def _cells(
    baseline: str, task: str, demonstrations: str | None, seeds: int, results: Path
) -> tuple[Cell, ...]:
    from ilbench.errors import UsageError
    from ilbench.ledger.boards import BOARDS, Cell, load_boards

    boards = load_boards(results / BOARDS)
    having = [board for board in boards if baseline in board.baselines]
    found = [board for board in having if board.task == task]
    if demonstrations is not None:
        found = [board for board in found if board.demonstrations == demonstrations]
    if len(found) != 1:
        there = ", ".join(sorted(f"{board.task} from {board.data}" for board in having)) or "nothing"
        problem = "names several boards: say which --demonstrations" if found else "is not there"
        raise UsageError(
            f"{baseline} on {task}{f' from {demonstrations}' if demonstrations else ''} {problem}; "
            f"{results / BOARDS} has {baseline} on {there}"
        )
    return tuple(Cell(board=found[0], baseline=baseline, seed=seed) for seed in range(seeds))


def _say_verdict(cell: Cell, run: Run, results: Path) -> bool:
    """Prints a line; returns whether it came out as published, or nothing is published to compare with."""
    from ilbench.ledger.boards import FOLDER
    from ilbench.ledger.making import finished_run
    from ilbench.ledger.verdict import compare_again

    published = finished_run(cell, results / FOLDER)
    if published is None:
        say(f"seed {cell.seed}  nothing is published of this cell; its run is in {run.path}")
        return True
    again = compare_again(run, published, cell.board.task)
    weights = {True: "the same", False: "other", None: "unknown"}[again.has_same_weights]
    say(
        f"seed {cell.seed}  success {_text(again.success)}, published {_text(again.published)}: "
        f"{again.verdict}; weights: {weights}"
    )
    return again.verdict != "outside"


def _say_published(baseline: str, task: str, runs: Sequence[Run], results: Path) -> None:
    from ilbench.ledger.published import PUBLISHED, load_published_numbers, numbers_beside
    from ilbench.ledger.verdict import compare_beside

    for number in numbers_beside(load_published_numbers(results / PUBLISHED), baseline, task):
        beside = compare_beside(runs, number)
        ours = "" if beside.ours is None else f", ours {_text(beside.ours)}"
        spread = "" if number.spread is None else f" ± {number.spread:g}"
        name = f"{number.method}, {number.protocol}" if number.protocol else number.method
        say(f"{name}: {number.unit} {number.value:g}{spread}{ours}: {beside.verdict}")
        say(f"    {number.source}; {number.reason}")


def _text(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
