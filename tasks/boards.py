"""The boards of this project: what its leaderboards rank by."""

from __future__ import annotations

from ilbench.contract.board import Board
from ilbench.tasks.d3il import TASKS as D3IL
from ilbench.tasks.manipulation.metaworld.lists import LISTS

_MT10 = next(one for one in LISTS if one.name == "metaworld/mt10")

BOARDS = (
    Board(
        name="headline",
        summary="One task each of behavior that has to be chosen, of navigation and of instructions.",
        tasks=("d3il/avoiding-v3", "navigation/pointmaze-medium-v1", "minigrid/goto-local-v1"),
        splits=("train", "test"),
    ),
    Board(
        name="d3il",
        summary="The D3IL suite, from states.",
        tasks=tuple(task.id for task in D3IL if all(len(field.shape) == 1 for field in task.observation)),
        preset="standard",
    ),
    Board(
        name="manipulation",
        summary="Three robosuite tasks and Meta-World's MT10.",
        tasks=("robosuite/lift-v2", "robosuite/can-v2", "robosuite/square-v2", *_MT10.tasks),
        splits=("train", "test"),
        preset="standard",
    ),
)
