"""Footnotes: those of the measures shown, and no others."""

from made_up import REGISTRY, B, make_run

from ilbench.leaderboard import build
from ilbench.leaderboard.notes import notes
from ilbench.scores.measures import ENTROPY, GAP, SUCCESS


def test_every_measure_on_the_board_is_explained(board):
    text = " ".join(notes(board))
    assert all(measure.note in text for measure in (SUCCESS, GAP, ENTROPY))


def test_without_modes_entropy_is_not_explained():
    board = build([make_run("x", {B: 5})], REGISTRY)
    assert ENTROPY.note not in notes(board)


def test_few_training_seeds_are_said_to_be_few(board):
    assert any("with fewer than 5 seeds read it as too narrow" in note for note in notes(board))


def test_a_reference_is_explained_only_where_there_is_one(board):
    alone = build([make_run("x", {B: 5})], REGISTRY)
    assert sum("References" in note for note in notes(board)) == 1
    assert not any("References" in note for note in notes(alone))
