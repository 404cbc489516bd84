import pytest
from made_up import EVIL, REGISTRY, A, B, C, make_run, make_task, row_of

from ilbench.contract.registry import Registry
from ilbench.errors import EmptyScoreError, UnknownNameError
from ilbench.leaderboard import build
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


def test_the_mean_is_over_tasks_that_every_ranked_row_has():
    runs = [make_run("x", {A: 20, B: 0}), make_run("y", {B: 10}), make_run("z", {C: 20}, preset="smoke")]
    board = build(runs, REGISTRY)
    assert board.shared_tasks == (B,)
    assert [(r.name, r.mean_success.value) for r in board.ranked] == [("y", 0.5), ("x", 0.0)]
    assert board.unranked[0].mean_success is None


def test_without_a_shared_task_nothing_is_averaged_or_ranked():
    board = build([make_run("x", {A: 20}), make_run("y", {B: 10})], REGISTRY)
    assert [(r.mean_success, r.rank) for r in board.ranked] == [(None, None)] * 2


def test_a_row_that_lacks_a_demanded_task_has_no_mean_instead_of_a_zero():
    board = build([make_run("x", {A: 20}), make_run("y", {A: 1, B: 10})], REGISTRY, tasks=[A, B])
    assert [(r.name, r.rank) for r in board.ranked] == [("y", 1), ("x", None)]
    with pytest.raises(UnknownNameError, match="maze/solve-v1"):
        build([make_run("x", {A: 20})], REGISTRY, tasks=[C])


def test_a_suite_with_two_shared_tasks_has_a_mean_of_its_own(board):
    assert board.suites == ("toy",)
    assert row_of(board, "good").suite_success["toy"].value == pytest.approx((0.75 + 1) / 2)


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
