import numpy as np
import pytest
from made_up import record
from scipy.stats import binom

from ilbench.errors import EmptyScoreError
from ilbench.scores import time_to_success


def test_time_to_success_is_over_successes_only():
    time = time_to_success(
        [
            record(0, length=10),
            record(1, length=20),
            record(2, length=60),
            record(3, length=99, success=False),
        ]
    )
    assert (time.mean.value, time.median.value, time.mean.n) == (30, 20, 3)


def test_the_median_of_few_successes_has_their_range_as_interval_and_says_so():
    median = time_to_success([record(i, length=steps) for i, steps in enumerate((7, 9, 30))]).median
    assert (median.low, median.high) == (7, 30)
    assert "too few" in median.method


def test_the_medians_interval_covers_with_the_binomials_probability():
    median = time_to_success([record(i, length=i + 1) for i in range(10)]).median
    assert (median.value, median.low, median.high) == (5.5, 2, 9)
    assert 1 - 2 * binom.cdf(1, 10, 0.5) >= 0.95 > 1 - 2 * binom.cdf(2, 10, 0.5)


def test_the_mean_time_resamples_whole_contexts():
    spread = np.random.default_rng(0).integers(5, 50, 40)
    once = time_to_success([record(i, length=int(s)) for i, s in enumerate(spread)]).mean
    fourfold = time_to_success(
        [record(i, length=int(s), repeat=r) for i, s in enumerate(spread) for r in range(4)]
    )
    assert (fourfold.mean.low, fourfold.mean.high) == pytest.approx((once.low, once.high))
    assert once.high - once.low == pytest.approx(2 * 1.96 * spread.std() / np.sqrt(40), rel=0.1)


def test_seconds_are_steps_over_the_control_frequency():
    time = time_to_success([record(0, length=10), record(1, length=30)])
    assert time.in_seconds(20).mean.value == time.mean.value / 20
    assert time.in_seconds(20).median.high == time.median.high / 20


def test_there_is_no_time_to_success_without_a_success():
    with pytest.raises(EmptyScoreError, match="none of 1 episodes succeeded"):
        time_to_success([record(0, length=10, success=False)])
