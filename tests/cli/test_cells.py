"""A cell of the ledger on the terminal, stopped and gone on with."""

from __future__ import annotations

import pytest

from ilbench.cli.cells import make_cell
from ilbench.ledger import making
from ilbench.ledger.boards import Board, Cell

BOARD = Board(name="quick", task="d3il/avoiding-v3", preset="smoke", minutes=1, baselines=("bc-mlp",))
CELL = Cell(board=BOARD, baseline="bc-mlp", seed=0)


def test_a_training_that_is_stopped_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "train_cell", stopped)
    with pytest.raises(SystemExit) as ended:
        make_cell(CELL, tmp_path / "run")
    assert ended.value.code == 130
    assert "the same command goes on from the last checkpoint" in capsys.readouterr().err


def test_training_and_episodes_are_both_shown(tmp_path, capsys):
    run = make_cell(CELL, tmp_path / "run", checkpoints=tmp_path / "checkpoints", steps=10)
    shown = capsys.readouterr()
    assert "bc-mlp on d3il/avoiding-v3, seed 0" in shown.out + shown.err
    assert run.complete
