import pytest

from ilbench.contract.board import find_board, load_boards
from ilbench.contract.registry import load_registry
from ilbench.errors import UnknownNameError
from ilbench.runs.identity import PROTOCOLS


def test_an_unknown_board_is_refused():
    with pytest.raises(UnknownNameError, match="no board named 'd3li'; did you mean 'd3il'"):
        find_board("d3li")


@pytest.mark.parametrize("board", load_boards().values(), ids=lambda board: board.name)
def test_every_board_names_registered_tasks_with_its_splits_and_its_preset(board):
    registry = load_registry()
    assert set(board.tasks) <= set(registry)
    assert len(set(board.tasks)) == len(board.tasks)
    assert "test" in board.splits
    assert set(board.protocols) <= set(PROTOCOLS)
    for task in map(registry.__getitem__, board.tasks):
        assert set(board.splits) <= set(task.split_names)
        assert board.preset in task.presets
