"""A cell of the ledger from nothing: demonstrations, training, run; each goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.contract.baseline import find_baseline
from ilbench.contract.registry import find_task
from ilbench.demonstrations.training import checkpoints_of, train
from ilbench.errors import RunFolderError
from ilbench.front.playing import run
from ilbench.ledger.boards import Cell
from ilbench.runs.folder import load_run, load_runs

if TYPE_CHECKING:
    from ilbench.runner.playing import Progress
    from ilbench.runs.folder import Run

NONCE = "published"
"""What the seeds of the policy are drawn from, so that everybody draws the same."""


def train_cell(
    cell: Cell,
    *,
    checkpoints: Path | None = None,
    steps: int | None = None,
    progress: Callable[[int, int, float], object] | None = None,
) -> None:
    """Trains what a cell plays; what is trained already is left alone, what was stopped goes on.

    Args:
        cell: What is trained.
        checkpoints: Where the checkpoint goes; ``checkpoints`` or ``checkpoints/DATA SET`` if not given.
        steps: Gradient steps, instead of the baseline's own number: then it is another policy.
        progress: Is told steps done, steps in all and the last loss.

    Raises:
        MissingDemonstrationsError: The data set is not installed, and is none that can be generated.
        CheckpointError: The folder of the checkpoint holds another training, such as one of other steps.
    """
    if find_baseline(cell.baseline).trainable:
        train(
            cell.baseline,
            cell.board.task,
            seed=cell.seed,
            steps=steps,
            demonstrations=cell.board.demonstrations,
            checkpoints=checkpoints,
            progress=progress,
        )


def play_cell(
    cell: Cell, folder: Path, *, checkpoints: Path | None = None, progress: Progress | None = None
) -> Run:
    """Returns the run of a cell that is trained; what is played already is not played again.

    Args:
        cell: What is played.
        folder: Folder of the run.
        checkpoints: Where the checkpoint is; see `train_cell`.
        progress: Is told of every episode.
    """
    return run(
        cell.baseline,
        task=cell.board.task,
        split="test",
        preset=cell.board.preset,
        training_seed=cell.seed,
        checkpoints=checkpoints or checkpoints_of(cell.board.demonstrations),
        nonce=NONCE,
        out=folder,
        progress=progress,
    )


def finished_run(cell: Cell, ledger: Path) -> Run | None:
    """Returns the run of a cell if it is there and whole, of the task as it is now; else None.

    Raises:
        CorruptFileError: The run is damaged.
    """
    try:
        found = load_run(cell.folder(ledger))
    except RunFolderError:
        return None
    is_current = found.header.tasks.get(cell.board.task) == find_task(cell.board.task).spec_digest()
    return found if is_current and not found.missing else None


def runs_of(cell: Cell, folder: Path) -> tuple[Run, ...]:
    """Returns the whole runs of a cell's baseline, seed, task and data set in a folder, or below it.

    Raises:
        RunFolderError: There is no run at all.
        CorruptFileError: One is damaged.
    """
    return tuple(run for run in load_runs(folder) if not run.missing and _is_of(cell, run))


def _is_of(cell: Cell, run: Run) -> bool:
    submission, trained = run.header.submission, run.header.training.get(cell.board.task)
    is_same = (submission.entry, submission.training_seed) == (cell.baseline, cell.seed)
    named = cell.board.demonstrations
    return (
        is_same
        and cell.board.task in run.header.tasks
        and (trained is None or named is None or trained.demonstrations in ("", named))
    )
