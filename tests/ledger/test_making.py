"""A cell is made from nothing, with a real training, and made again."""

from __future__ import annotations

import pytest

import ilbench
from ilbench.demonstrations.load import MissingDemonstrationsError
from ilbench.ledger.boards import Board, Cell
from ilbench.ledger.making import NONCE, finished_run, play_cell, runs_of, train_cell

BOARD = Board(name="quick", task="d3il/avoiding-v3", preset="smoke", minutes=1, baselines=("bc-mlp",))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    cell = Cell(board=BOARD, baseline="bc-mlp", seed=1)
    train_cell(cell, checkpoints=folder / "checkpoints", steps=20)
    run = play_cell(cell, cell.folder(folder / "runs"), checkpoints=folder / "checkpoints")
    return cell, folder, run


def test_a_cell_is_played_by_what_was_trained_for_it(made):
    _, folder, run = made
    trained = ilbench.train("bc-mlp", BOARD.task, seed=1, steps=20, folder=folder / "again")
    assert run.header.training[BOARD.task].weights in (trained / "checkpoint.json").read_text()
    assert run.header.nonce == NONCE
    assert [block.split for block in run.header.plan] == ["test"]


def test_a_finished_run_is_found_and_not_played_again(made):
    cell, folder, run = made
    found = finished_run(cell, folder / "runs")
    assert found.records == run.records
    train_cell(cell, checkpoints=folder / "checkpoints", steps=20)
    play_cell(
        cell,
        cell.folder(folder / "runs"),
        checkpoints=folder / "checkpoints",
        progress=lambda told: told.record is None or pytest.fail("an episode was played again"),
    )


def test_the_run_of_a_cell_is_found_among_others_by_what_its_header_says(made):
    cell, folder, run = made
    (found,) = runs_of(cell, folder)
    assert found.path == run.path
    assert runs_of(Cell(board=BOARD, baseline="bc-mlp", seed=2), folder) == ()
    people = BOARD.model_copy(update={"demonstrations": "d3il-human-v1"})
    assert runs_of(Cell(board=people, baseline="bc-mlp", seed=1), folder) == ()


def test_a_run_that_is_not_whole_is_not_finished(made, tmp_path):
    cell, _, run = made
    assert finished_run(cell, tmp_path) is None
    target = cell.folder(tmp_path)
    target.mkdir(parents=True)
    (target / "run.json").write_bytes((run.path / "run.json").read_bytes())
    lines = (run.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (target / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    assert finished_run(cell, tmp_path) is None


def test_demonstrations_that_are_not_there_are_named(tmp_path):
    board = BOARD.model_copy(update={"demonstrations": "nobodys-v1"})
    with pytest.raises(MissingDemonstrationsError, match="nobodys-v1"):
        train_cell(Cell(board=board, baseline="bc-mlp", seed=0), checkpoints=tmp_path)
