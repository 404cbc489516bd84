from dataclasses import replace

from made_up import row_of

from ilbench.leaderboard.row import SCORES, Means


def test_each_of_the_three_scores_is_found_by_its_name(board):
    mean = row_of(board, "good").mean
    assert [mean.of(score) for score in SCORES] == [mean.success, mean.diversity, mean.generalization]


def test_a_row_without_a_place_has_no_rank_and_a_placed_one_that_of_its_success(board):
    hasty, good = row_of(board, "hasty"), row_of(board, "good")
    assert (hasty.rank, hasty.rank_interval, hasty.group) == (None, None, None)
    assert (good.rank, good.rank_interval, good.group) == (1, good.places["success"].interval, "a")


def test_whom_intervals_speak_of_is_what_the_mean_success_says_or_else_the_training_seeds(board):
    good = row_of(board, "good")
    whole = replace(good, mean=replace(good.mean, success=replace(good.mean.success, speaks_of="method")))
    assert whole.speaks_of == "method"
    assert replace(good, mean=Means()).speaks_of == "method"
    assert replace(row_of(board, "fair"), mean=Means()).speaks_of == "policy"
