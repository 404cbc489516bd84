"""``ilbench ledger``: what is missing of the published runs, and made one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, wide_console

if TYPE_CHECKING:
    from ilbench.ledger.boards import Cell


def ledger(
    results: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Folder with ledger.toml; its runs go below it.")
    ] = Path("results"),
    missing: Annotated[bool, typer.Option("--missing", help="Only list them.")] = False,
    published: Annotated[
        bool, typer.Option("--published", help="Only show what papers report beside the runs that are made.")
    ] = False,
    limit_minutes: Annotated[
        float | None, typer.Option(help="Begin no further cell after so many minutes.")
    ] = None,
) -> None:
    """Make the runs of the ledger that are missing, the cheapest first, or list them.

    One seed of everything comes first. A cell is demonstrations, training and run; what was stopped goes on
    with the same command. A cell whose demonstrations are not installed is left out, and named.

    Examples:  ilbench ledger --missing

    ilbench ledger results --limit-minutes 60

    ilbench ledger --published
    """
    from ilbench.ledger.boards import BOARDS, FOLDER, cells_in_order, load_boards
    from ilbench.ledger.making import finished_run

    cells = cells_in_order(load_boards(results / BOARDS))
    begun, folder = time.monotonic(), results / FOLDER
    if published:
        _say_published(cells, results)
        return
    left = [cell for cell in cells if finished_run(cell, folder) is None]
    _say_table(cells, left)
    if missing or not left:
        return
    for cell in left:
        if limit_minutes is not None and time.monotonic() - begun > 60 * limit_minutes:
            say(f"stopped after {limit_minutes:g} minutes; the same command goes on", is_aside=True)
            break
        _make(cell, folder)
    _say_left(cells, [cell for cell in left if finished_run(cell, folder) is None])


def _make(cell: Cell, folder: Path) -> None:
    from ilbench.cli.cells import make_cell
    from ilbench.demonstrations.load import MissingDemonstrationsError

    try:
        made = make_cell(cell, cell.folder(folder))
    except MissingDemonstrationsError as error:
        say(f"left out: {cell.baseline} on {cell.board.name}: {error}", is_aside=True)
        return
    rate = sum(bool(record.success) for record in made.records) / len(made.records)
    say(f"{cell.board.name} {cell.baseline} seed {cell.seed}: success {rate:.3f}, {made.path}")


def _say_table(cells: Sequence[Cell], left: Sequence[Cell]) -> None:
    from rich.table import Table

    table = Table("board", "baseline", "seeds made", "missing", "minutes")
    for board, baseline in dict.fromkeys((cell.board, cell.baseline) for cell in cells):
        gone = [cell.seed for cell in left if (cell.board, cell.baseline) == (board, baseline)]
        made = [str(seed) for seed in range(board.seeds) if seed not in gone]
        missing = " ".join(map(str, gone))
        table.add_row(board.name, baseline, " ".join(made), missing, f"{len(gone) * board.minutes:.0f}")
    wide_console().print(table)
    _say_left(cells, left)


def _say_left(cells: Sequence[Cell], left: Sequence[Cell]) -> None:
    hours = sum(cell.board.minutes for cell in left) / 60
    say(f"{len(cells) - len(left)} of {len(cells)} cells made; about {hours:.1f} hours of one core left")


def _say_published(cells: Sequence[Cell], results: Path) -> None:
    from rich.table import Table

    from ilbench.ledger.boards import FOLDER
    from ilbench.ledger.making import finished_run
    from ilbench.ledger.published import PUBLISHED, load_published_numbers, numbers_beside
    from ilbench.ledger.verdict import compare_beside

    numbers = load_published_numbers(results / PUBLISHED)
    table = Table("board", "baseline", "seeds", "paper's", "published", "ours", "verdict")
    for board, baseline in dict.fromkeys((cell.board, cell.baseline) for cell in cells):
        same = [cell for cell in cells if (cell.board, cell.baseline) == (board, baseline)]
        runs = [run for cell in same if (run := finished_run(cell, results / FOLDER))]
        for number in numbers_beside(numbers, baseline, board.task) if runs else ():
            beside = compare_beside(runs, number)
            ours = "" if beside.ours is None else f"{beside.ours.value:.2f}"
            theirs = f"{number.value:g} {number.unit}"
            seeds = str(len(runs))
            table.add_row(board.name, baseline, seeds, number.method, theirs, ours, beside.verdict)
    wide_console().print(table)
    say(f"sources, and why a number does not compare: {results / PUBLISHED}")
