"""Boards: what a leaderboard ranks by, declared before anybody plays: tasks, splits, preset, protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.errors import UnknownNameError
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.boards"

RANKED_PRESET = "full"
"""What a board ranks unless it says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A declared board: who has played all of it is ranked, and nobody else changes that.

    A `TaskList` says which tasks the field takes a mean over; a board also says how they are played.

    Attributes:
        name: Such as ``d3il``; empty for one that nobody declared.
        summary: What it is for, in one sentence.
        tasks: Ids of the tasks that every mean is over.
        splits: The splits that a complete row has of each of them; ``test`` is always one.
        preset: How much of each split is played.
        protocols: Versions of the evaluation protocol that are ranked beside one another: their episodes
            begin alike.
    """

    name: str
    summary: str
    tasks: tuple[str, ...]
    splits: tuple[str, ...] = ("test",)
    preset: str = RANKED_PRESET
    protocols: tuple[str, ...] = ("1", "2")


def load_boards() -> Mapping[str, Board]:
    """Returns the boards of all installed packages, by name.

    A package adds its own through the entry-point group ``ilbench.boards``, whose value is an import string
    of a `Board` or of a sequence of them.

    Raises:
        DuplicateNameError: Two boards share a name.
        PluginError: An entry point leads to something else.
    """
    return by_name(load_plugins(ENTRY_POINTS, Board), "board")


def find_board(name: str) -> Board:
    """Returns the board of that name.

    Raises:
        UnknownNameError: There is none.
    """
    boards = load_boards()
    if name not in boards:
        raise UnknownNameError("board", name, boards)
    return boards[name]
