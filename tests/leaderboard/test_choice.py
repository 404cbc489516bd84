import pytest
from made_up import A, B, C, make_run

from ilbench.contract.board import Board
from ilbench.errors import UnknownNameError, UsageError
from ilbench.leaderboard.choice import choose_board, elsewhere, find_wanted, undeclared_tasks

FIRST = Board(name="first", summary="", tasks=(A, B))
SECOND = Board(name="second", summary="", tasks=(C,))
BOARDS = {"first": FIRST, "second": SECOND}
WHOLE = [make_run("x", {A: 1, B: 1}), make_run("y", {A: 1}), make_run("y", {B: 1})]


def test_the_board_is_the_one_that_most_policies_have_played_all_of():
    assert choose_board(WHOLE, BOARDS) == FIRST
    assert choose_board([*WHOLE, *(make_run(name, {C: 1}) for name in "xyz")], BOARDS) == SECOND


def test_of_equals_it_is_the_one_declared_first():
    assert choose_board([make_run("x", {A: 1, B: 1, C: 1})], BOARDS) == FIRST


@pytest.mark.parametrize(
    "run",
    [make_run("z", {A: 1}), make_run("z", {C: 1}, preset="smoke"), make_run("z", {C: 1}, privileged=True)],
)
def test_part_of_a_board_another_preset_and_references_choose_nothing(run):
    assert choose_board([run], BOARDS) is None
    assert choose_board([*WHOLE, run], BOARDS) == FIRST


def test_without_a_board_the_tasks_are_those_of_the_row_with_most_of_them():
    assert undeclared_tasks([{A}, {B, C}, {A}], [A, B, C]) == (B, C)
    assert undeclared_tasks([{A}, {B}, {B}], [A, B, C]) == (B,)
    assert undeclared_tasks([{B}, {A}], [A, B, C]) == (A,)
    assert undeclared_tasks([], [A]) == ()


def test_runs_of_other_boards_are_said_to_be_there():
    runs = [*WHOLE, make_run("z", {C: 1}), make_run("w", {C: 1}, preset="smoke")]
    line = elsewhere(runs, FIRST, BOARDS)
    assert line.startswith(
        "2 more runs have no task of this board: 1 on --board second; those of maze/solve-v1"
    )
    assert elsewhere(WHOLE, FIRST, BOARDS) == ""


def test_a_board_that_is_asked_for_is_ranked_at_the_preset_that_is_asked_for():
    board, _ = find_wanted(WHOLE, name="d3il", preset="full", tasks=None)
    assert (board.name, board.preset) == ("d3il", "full")


def test_what_contradicts_itself_or_is_not_there_is_refused():
    with pytest.raises(UsageError, match="a board has tasks of its own"):
        find_wanted(WHOLE, name="d3il", preset=None, tasks=[A])
    with pytest.raises(UnknownNameError, match="no board named"):
        find_wanted(WHOLE, name="d4il", preset=None, tasks=None)
    assert find_wanted(WHOLE, name=None, preset=None, tasks=[A]) == (None, [])
