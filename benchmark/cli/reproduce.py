"""``ilbench reproduce``: a published number, made again from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import TaskName

if TYPE_CHECKING:
    from ilbench.ledger.boards import Board, Cell
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
    preset: Annotated[
        str | None, typer.Option(help="Contexts × repeats: smoke, standard or full.  [default: the ledger's]")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Compare with the runs in this folder instead of the published ones; then the cell need "
            "not be in the ledger.",
        ),
    ] = None,
) -> None:
    """Make a published number again: demonstrations, training, run, and a verdict.

    Every seed is compared with the published run of the same cell: are the weights the same bits, are the
    records, and if not, is the success rate inside the published interval? All seeds together are compared
    with what papers report. Exit code 1 if a seed is outside. Stopped at any time, the same command goes on.

    Examples:  ilbench reproduce bc-gmm d3il/avoiding-v3

    ilbench reproduce diffusion d3il/avoiding-v3 --seeds 3

    ilbench reproduce flow d3il/sorting-2-v2 --preset smoke --against runs
    """
    from ilbench.cli.cells import make_cell

    board = _board(baseline, task, demonstrations, results, may_be_new=against is not None)
    board = board.model_copy(update={"preset": preset or board.preset})
    cells = _cells(board, baseline, seeds)
    made = out / board.name if steps is None else out / f"{board.name}-{steps}-steps"
    runs = [
        make_cell(cell, made / _of(cell, board.preset), checkpoints=made / "checkpoints", steps=steps)
        for cell in cells
    ]
    is_inside = [_say_verdict(cell, run, results, against) for cell, run in zip(cells, runs, strict=True)]
    _say_published(baseline, task, runs, results)
    raise SystemExit(0 if all(is_inside) else 1)


def _cells(board: Board, baseline: str, seeds: int) -> tuple[Cell, ...]:
    from ilbench.ledger.boards import Cell

    return tuple(Cell(board=board, baseline=baseline, seed=seed) for seed in range(seeds))


def _of(cell: Cell, preset: str) -> Path:
    """Returns where the run of a cell lies below what is made."""
    return Path(preset) / cell.baseline / f"seed-{cell.seed}"


def _board(baseline: str, task: str, demonstrations: str | None, results: Path, *, may_be_new: bool) -> Board:
    """Returns the board of the ledger, or, where it may be new, one that is not in it."""
    from ilbench.errors import UsageError
    from ilbench.ledger.boards import BOARDS, Board, load_boards

    boards = load_boards(results / BOARDS) if (results / BOARDS).is_file() or not may_be_new else ()
    having = [board for board in boards if baseline in board.baselines]
    found = [board for board in having if board.task == task]
    if demonstrations is not None:
        found = [board for board in found if board.demonstrations == demonstrations]
    if len(found) == 1:
        return found[0]
    if may_be_new and not found:
        name = "-".join(filter(None, (task.replace("/", "-"), demonstrations))).lower()
        return Board(name=name, task=task, demonstrations=demonstrations, minutes=1, baselines=(baseline,))
    there = ", ".join(sorted(f"{board.task} from {board.data}" for board in having)) or "nothing"
    problem = "names several boards: say which --demonstrations" if found else "is not there"
    raise UsageError(
        f"{baseline} on {task}{f' from {demonstrations}' if demonstrations else ''} {problem}; "
        f"{results / BOARDS} has {baseline} on {there}"
    )


def _published(cell: Cell, results: Path, against: Path | None) -> Run | None:
    """Returns the run that a cell is compared with, or None where there is none."""
    from ilbench.errors import UsageError
    from ilbench.ledger.boards import FOLDER
    from ilbench.ledger.making import finished_run, runs_of

    if against is None:
        return finished_run(cell, results / FOLDER)
    found = runs_of(cell, against)
    if len(found) > 1:
        several = " and ".join(str(run.path) for run in found[:2])
        raise UsageError(f"--against {against} has several runs of seed {cell.seed}: {several}; name one")
    return found[0] if found else None


def _say_verdict(cell: Cell, run: Run, results: Path, against: Path | None) -> bool:
    """Prints a line; returns whether it came out as published, or nothing is published to compare with."""
    from ilbench.ledger.verdict import compare_again

    published = _published(cell, results, against)
    if published is None:
        say(f"seed {cell.seed}  nothing is published of this cell; its run is in {run.path}")
        return True
    again = compare_again(run, published, cell.board.task)
    weights = {True: "the same", False: "other", None: "unknown"}[again.has_same_weights]
    say(
        f"seed {cell.seed}  success {_text(again.success)}, published {_text(again.published)}: "
        f"{again.verdict}; weights: {weights}"
    )
    if again.differing:
        say(f"    not made in the same way: {', '.join(again.differing)} differed")
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
