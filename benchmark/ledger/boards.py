"""The cells of the ledger: one training seed of one baseline on one task, and where its run lies."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ilbench.errors import CorruptFileError
from ilbench.storage import first_problem

BOARDS = "ledger.toml"
"""In the folder of results: the boards of the ledger."""
FOLDER = "ledger"
"""Beside it: their runs."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Board(BaseModel):
    """Baselines that are trained on one set of demonstrations of one task, and scored by one preset.

    Attributes:
        name: Folder of its runs.
        task: Id of the task.
        demonstrations: Name of a data set of the task; None for its standard one.
        preset: Contexts × repeats of its test split.
        seeds: Training seeds of every baseline.
        minutes: About how long one cell takes on one core: what is cheap is made first.
        baselines: Names of the baselines; those of the file where it has none of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    task: str
    demonstrations: str | None = None
    preset: str = "standard"
    seeds: Annotated[int, Field(ge=1)] = 3
    minutes: Annotated[float, Field(gt=0)]
    baselines: tuple[str, ...] = ()

    @property
    def data(self) -> str:
        """What it is trained on, in words."""
        return self.demonstrations or "its standard demonstrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One training seed of one baseline on one board."""

    board: Board
    baseline: str
    seed: int

    def folder(self, ledger: Path) -> Path:
        """Returns the folder of its run below that of the ledger."""
        return ledger / self.board.name / self.baseline / f"seed-{self.seed}"


class _Boards(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    baselines: tuple[str, ...]
    board: tuple[Board, ...]


def load_boards(path: Path) -> tuple[Board, ...]:
    """Returns the boards that a file lists.

    Raises:
        CorruptFileError: It lists none, or not as boards are listed; names file and field.
    """
    try:
        listed = _Boards.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise CorruptFileError(path, "there is no such file; expected a list of [[board]]") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorruptFileError(path, f"is not TOML: {error}") from error
    except ValidationError as error:
        raise CorruptFileError(path, first_problem(error)) from error
    of_all = {"baselines": listed.baselines}
    return tuple(b if b.baselines else b.model_copy(update=of_all) for b in listed.board)


def cells_in_order(boards: Sequence[Board]) -> tuple[Cell, ...]:
    """Returns all cells: one seed of everything first, and of each seed the cheapest first."""
    cells = [
        Cell(board=board, baseline=baseline, seed=seed)
        for board in boards
        for baseline in board.baselines
        for seed in range(board.seeds)
    ]
    return tuple(sorted(cells, key=lambda cell: (cell.seed, cell.board.minutes)))
