from dataclasses import replace

import pytest

from ilbench.leaderboard.latex_caption import caption
from ilbench.leaderboard.tables import Cell, Column, Table
from ilbench.scores import Estimate
from ilbench.scores.statistics.estimate import Design

DESIGN = Design(contexts=60, repeats=18, training_seeds=3, distinct=3240)
SEEDS = Estimate(
    value=0.5, low=0.4, high=0.6, n=3240, method="Student's t", design=DESIGN, speaks_of="method"
)
ONE = replace(SEEDS, design=replace(DESIGN, training_seeds=1), speaks_of="policy", method="Wilson")


def said(board, *estimates, **fields):
    cells = tuple(Cell(text="x", estimate=one, **fields) for one in estimates)
    return caption(
        board, Table(title="Ranked", subtitle="Success.", columns=(Column(title="s", cells=cells),))
    )


def test_a_caption_states_protocol_n_training_seeds_and_interval_method(board):
    text = said(board, SEEDS)
    assert text.startswith("Ranked. Success. Protocol ")
    assert "n = 60×18×3: contexts × repeats × training seeds. Training seeds: 3." in text
    assert "Intervals: 95 % (Student's t); they speak of methods, trained anew." in text


def test_rows_of_several_designs_are_said_to_be(board):
    text = said(board, SEEDS, ONE)
    assert "n: contexts × repeats × training seeds. Training seeds: 1 to 3." in text
    assert "with one training seed they speak of that policy, with several of the method" in text


@pytest.mark.parametrize("is_best", [True, False])
def test_bold_is_explained_where_something_is_bold(board, is_best):
    assert ("Bold" in said(board, ONE, is_best=is_best)) == is_best


def test_a_table_without_estimates_speaks_of_no_interval(board):
    assert "Intervals" not in said(board, None)
