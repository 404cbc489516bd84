"""A cell of the ledger on the terminal: a bar for its training, one for its episodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.cli.console import say
from ilbench.cli.progress import ProgressBar
from ilbench.cli.run import RunDisplay

if TYPE_CHECKING:
    from ilbench.ledger.boards import Cell
    from ilbench.runs.folder import Run


def make_cell(cell: Cell, folder: Path, *, checkpoints: Path | None = None, steps: int | None = None) -> Run:
    """Returns the run of a cell, trained and played as far as it was not yet; see `ilbench.ledger.making`.

    Raises:
        SystemExit: Stopped from the keyboard; the same command goes on.
    """
    from ilbench.ledger.making import play_cell, train_cell

    label = f"{cell.baseline} on {cell.board.task}, seed {cell.seed}"
    with ProgressBar(label, steps or 0, "steps") as bar:
        try:
            train_cell(
                cell,
                checkpoints=checkpoints,
                steps=steps,
                progress=lambda done, total, loss: bar.show_of(done, total, f"loss {loss:.4f}"),
            )
        except KeyboardInterrupt:
            say(is_aside=True)
            say("stopped; the same command goes on from the last checkpoint", is_aside=True)
            raise SystemExit(130) from None
    with RunDisplay() as display:
        return play_cell(cell, folder, checkpoints=checkpoints, progress=display.show)
