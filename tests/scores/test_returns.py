import numpy as np
import pytest
from made_up import record

from ilbench.contract.shipped import Reference
from ilbench.scores import UndefinedScoreError, mean_return, normalized_return
from ilbench.scores.statistics.estimate import Estimate


def test_mean_return_interval_is_near_the_normal_one():
    returns = np.random.default_rng(0).normal(10, 2, 400)
    estimate = mean_return([record(i, episode_return=float(r)) for i, r in enumerate(returns)])
    half = 1.96 * returns.std(ddof=1) / 20
    assert estimate.value == pytest.approx(returns.mean())
    assert (estimate.low, estimate.high) == pytest.approx(
        (returns.mean() - half, returns.mean() + half), abs=0.03
    )


def test_repeats_of_a_context_add_no_precision_when_they_repeat_its_return():
    once = mean_return([record(c, episode_return=float(c % 5)) for c in range(40)])
    often = mean_return(
        [record(c, repeat=r, episode_return=float(c % 5)) for c in range(40) for r in range(10)]
    )
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.n == 400


def test_repeats_of_the_only_context_are_draws_where_the_actions_differ():
    estimate = mean_return(
        [record(0, repeat=r, episode_return=float(r % 2), action_digest=f"{r:032x}") for r in range(100)]
    )
    assert (estimate.low, estimate.high) == pytest.approx((0.4, 0.6), abs=0.03)


def test_normalized_return_maps_the_references_on_0_and_1():
    random = Reference(mean_return=-2.0, success_rate=0.0, num_episodes=9)
    expert = Reference(mean_return=8.0, success_rate=1.0, num_episodes=9)
    raw = Estimate(value=3.0, low=-2.0, high=8.0, n=9, method="")
    scaled = normalized_return(raw, random=random, expert=expert)
    assert (scaled.value, scaled.low, scaled.high, scaled.n) == (0.5, 0.0, 1.0, 9)
    with pytest.raises(UndefinedScoreError, match="must exceed"):
        normalized_return(raw, random=random, expert=random)
