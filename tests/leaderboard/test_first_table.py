from dataclasses import replace

import pytest
from made_up import REGISTRY, A, B, C, make_run, row_of

from ilbench.contract.board import Board
from ilbench.leaderboard import build
from ilbench.leaderboard.first_table import (
    conditions,
    first_table,
    row_groups,
    step_text,
    summary_tables,
    title,
)


def columns(table):
    return {column.title: column for column in table.columns}


def test_the_three_scores_stand_side_by_side_with_interval_and_ranks(board):
    first = next(summary_tables(board))
    titles = [column.title for column in first.columns]
    at = titles.index("success")
    assert titles[at : at + 3] == ["success", "diversity", "generalization"]
    good = columns(first)["success"].cells[board.ranked.index(row_of(board, "good"))]
    assert (good.text, good.more) == ("0.75", ("#1 (1) a",))
    assert good.interval.startswith("[")


def test_each_suite_has_the_scores_again(board):
    assert {"toy success", "toy diversity", "toy generalization", "maze success"} <= set(
        columns(next(summary_tables(board)))
    )


def test_one_way_only_is_marked_beside_the_modes_found(board):
    row = row_of(board, "good")
    one_way = replace(row, modes=replace(row.modes, found=0.5, one_way=(A,)))
    marked = replace(board, ranked=(one_way,))
    (cell,) = columns(next(summary_tables(marked)))["diversity"].cells
    assert cell.more[-1] == "0.5/4 modes !"


def test_the_front_is_marked(board):
    cells = columns(next(summary_tables(board)))["front"].cells
    assert [cell.text == "★" for cell in cells] == [row.is_on_front for row in board.ranked]


def test_incomplete_rows_come_after_the_ranked_and_before_those_that_may_not_be():
    runs = [make_run("x", {A: 9, B: 9}), make_run("y", {A: 20}), make_run("z", {A: 1, B: 1}, preset="smoke")]
    board = build(runs, REGISTRY)
    assert [(name, [row.name for row in rows]) for name, rows in row_groups(board)] == [
        ("Ranked", ["x"]),
        ("Incomplete", ["y"]),
        ("Unranked", ["z"]),
    ]
    names = [table.title for table in summary_tables(board)]
    assert names == [
        "Ranked",
        "Ranked: success on each task",
        "Incomplete: success on each task",
        "Unranked",
        "Unranked: success on each task",
    ]


def test_a_board_without_modes_has_no_diversity_and_one_without_train_no_generalization():
    board = build([make_run("x", {C: 9}, splits=("test",))], REGISTRY)
    assert not {"diversity", "generalization", "under shifts"} & set(
        columns(first_table(board, board.ranked, ""))
    )


def test_a_declared_board_is_named_with_what_it_ranks():
    board = build(
        [make_run("x", {A: 9})],
        REGISTRY,
        board=Board(name="one", summary="A task.", tasks=(A,), splits=("train", "test")),
    )
    assert title(board) == "ILBench leaderboard: one"
    assert conditions(board) == "A task. 1 task, preset full, splits train and test."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.2e-5, "42 µs"), (3e-8, "0.03 µs")],
)
def test_a_time_has_a_unit_that_fits(seconds, text):
    assert step_text(seconds) == text
