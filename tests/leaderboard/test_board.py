import pytest
from made_up import EVIL, REGISTRY, A, B, C, make_run, make_task, row_of

from ilbench.contract.board import Board
from ilbench.contract.registry import Registry
from ilbench.errors import EmptyScoreError, UnknownNameError
from ilbench.leaderboard import build
from ilbench.leaderboard.first_table import summary_tables
from ilbench.scores import success_rate, wilson


def test_rows_are_ranked_by_mean_success_over_tasks(board):
    assert [r.name for r in board.ranked] == ["oracle", "good", "fair", EVIL, "none"]
    assert [r.rank for r in board.ranked] == [None, 1, 2, 3, 4]
    assert row_of(board, "fair").mean_success.value == pytest.approx(0.5)
    assert row_of(board, "fair").mean_success.n == 60


def test_equal_means_share_the_better_rank():
    board = build([make_run(n, {A: k}) for n, k in (("x", 9), ("y", 9), ("z", 1))], REGISTRY)
    assert [r.rank for r in board.ranked] == [1, 1, 3]


def test_a_privileged_policy_is_shown_but_not_ranked(board):
    oracle = row_of(board, "oracle")
    assert oracle.is_reference
    assert oracle.rank is None
    assert oracle.unranked_reason is None


def test_training_seeds_of_a_submission_are_pooled(board):
    good = row_of(board, "good")
    test = good.split(A)
    assert (test.num_training_seeds, test.success.value, test.success.n) == (2, 0.75, 40)
    assert "training seeds" in test.success.method
    assert test.success.low <= wilson(30, 40).low
    assert good.digests == ("0000", "1111")


def test_runs_of_one_submission_on_different_tasks_make_one_row():
    board = build([make_run("x", {A: 5}), make_run("x", {B: 7})], REGISTRY)
    assert [list(r.scores) for r in board.rows] == [[A, B]]


def test_one_name_of_two_kinds_makes_two_rows():
    board = build([make_run("x", {A: 5}), make_run("x", {A: 5}, kind="folder")], REGISTRY)
    assert sorted(r.kind for r in board.ranked) == ["baseline", "folder"]


def test_where_no_board_is_declared_the_means_are_over_the_tasks_of_the_row_with_most_of_them():
    runs = [make_run("x", {A: 20, B: 0}), make_run("y", {B: 10}), make_run("z", {C: 20}, preset="smoke")]
    board = build(runs, REGISTRY)
    assert board.shared_tasks == (A, B)
    assert [(row.name, row.mean_success.value) for row in board.ranked] == [("x", 0.5)]
    assert [(row.name, row.unranked_reason) for row in board.unranked if row.is_incomplete] == [
        ("y", "incomplete: 1 of 2 tasks")
    ]


def places(board):
    return {row.name: (row.mean, row.suite_means, row.places, row.is_on_front) for row in board.ranked}


@pytest.mark.parametrize("part", [{A: 20}, {C: 20}, {A: 20, C: 20}])
def test_a_row_with_part_of_a_board_changes_nothing_about_the_others(part):
    runs = [make_run(name, {A: k, B: 20 - k, C: 5}) for name, k in (("x", 3), ("y", 9), ("z", 14))]
    declared = Board(name="all", summary="", tasks=(A, B, C))
    for board in (None, declared):
        before = build(runs, REGISTRY, board=board)
        after = build([make_run("fifteen lines", part), *runs], REGISTRY, board=board)
        assert places(after) == places(before)
        (row,) = after.unranked
        assert (row.is_incomplete, row.mean_success, row.rank) == (True, None, None)
        first = [next(summary_tables(one)) for one in (before, after)]
        assert first[0] == first[1]


def test_a_row_that_lacks_a_split_of_the_board_is_incomplete():
    board = Board(name="both", summary="", tasks=(A, B), splits=("train", "test"))
    runs = [make_run("x", {A: 9, B: 9}), make_run("y", {A: 9, B: 9}, splits=("test",))]
    built = build(runs, REGISTRY, board=board)
    assert [row.name for row in built.ranked] == ["x"]
    assert built.unranked[0].unranked_reason == "incomplete: 0 of 2 tasks"


def test_runs_that_have_no_task_of_a_declared_board_are_left_aside():
    board = Board(name="one", summary="", tasks=(A,))
    built = build([make_run("x", {A: 9}), make_run("y", {B: 9})], REGISTRY, board=board)
    assert [row.name for row in built.rows] == ["x"]
    with pytest.raises(EmptyScoreError, match="with a task of the board 'one'"):
        build([make_run("y", {B: 9})], REGISTRY, board=board)


def test_rows_are_sorted_by_another_score_and_keep_their_ranks(board):
    by_diversity = board.sorted_by("diversity")
    values = [row.mean.diversity.value for row in by_diversity.ranked if row.mean.diversity]
    assert values == sorted(values, reverse=True)
    assert by_diversity.ranked[-1].mean.diversity is None
    assert {row.name: row.rank for row in by_diversity.rows} == {row.name: row.rank for row in board.rows}


def test_a_row_that_lacks_a_demanded_task_has_no_mean_instead_of_a_zero():
    board = build([make_run("x", {A: 20}), make_run("y", {A: 1, B: 10})], REGISTRY, tasks=[A, B])
    assert [(row.name, row.rank, row.mean_success is None) for row in board.rows] == [
        ("y", 1, False),
        ("x", None, True),
    ]
    with pytest.raises(UnknownNameError, match="maze/solve-v1"):
        build([make_run("x", {A: 20})], REGISTRY, tasks=[C])


def test_each_of_several_suites_has_means_of_its_own(board):
    assert board.suites == ("toy", "maze")
    assert row_of(board, "good").suite_means["toy"].success.value == pytest.approx((0.75 + 1) / 2)


def test_unfinished_rows_keep_their_scores_when_nothing_is_ranked():
    board = build([make_run("x", {A: 3}, preset="smoke")], REGISTRY)
    assert board.ranked == ()
    assert board.unranked[0].mean_success.value == pytest.approx(0.6)


def test_no_runs_and_unknown_tasks_are_refused():
    with pytest.raises(EmptyScoreError, match="at least one run"):
        build([], REGISTRY)
    with pytest.raises(UnknownNameError, match="toy/avoid-v1"):
        build([make_run("x", {A: 3})], Registry([make_task(B)]))


def test_an_unknown_preset_is_named():
    with pytest.raises(UnknownNameError, match="preset"):
        build([make_run("x", {B: 3})], REGISTRY, preset="custom")


def test_pooled_rate_equals_the_score_of_the_same_records(board):
    runs = [make_run("good", {A: k}, seed=s).records for s, k in ((0, 18), (1, 12))]
    tests = [[r for r in run if r.split == "test"] for run in runs]
    assert row_of(board, "good").split(A).success == success_rate(*tests)
