import pytest
from made_up import A, make_run, outcomes

from ilbench.leaderboard.making import policy_step_s, score_pools
from ilbench.leaderboard.pooling import Pool
from ilbench.runs.record import Times


def timed(seconds, **fields):
    return [
        one.model_copy(update={"times": Times(env_s=1.0, policy_s=seconds)})
        for one in outcomes(1, 2, **fields)
    ]


def test_the_cost_is_the_policys_time_over_its_steps_on_held_out_contexts():
    records = [[*timed(0.3, task=A), *timed(9.0, task=A, split="train")], timed(0.6, task=A)]
    assert policy_step_s(records, [A]) == pytest.approx((0.3 + 0.6) / 2 / 3)


def test_without_a_measured_time_there_is_no_cost():
    assert policy_step_s([outcomes(1, 2, task=A)], [A]) is None
    assert policy_step_s([timed(0.3, task=A)], []) is None


def pool_of(name, protocol, folder=""):
    return Pool(key=(name, "baseline", False, protocol, "full", None), runs=(), records=(), folder=folder)


def test_a_label_says_the_folder_and_an_older_protocol_whatever_the_other_rows_have():
    old, new = pool_of("x", "1"), pool_of("x", "2", "b")
    assert [one.label for one in score_pools([old, new], [])] == ["x (protocol 1)", "x (in b)"]
    assert [one.label for one in score_pools([old], [])] == ["x (protocol 1)"]


def test_a_row_without_any_scored_episode_has_no_scores():
    run = make_run("x", {A: 1})
    (one,) = score_pools([Pool(key=pool_of("x", "2").key, runs=(run,), records=([],))], [])
    assert not one.scores
