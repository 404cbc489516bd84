"""Differences: units and weights, and the interval at its ends and between."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from ilbench.scores import mcnemar, wilson
from ilbench.scores.comparison.differences import (
    detectable,
    p_value,
    rate_interval,
    t_interval,
    unit_differences,
)
from ilbench.scores.comparison.spread import Line, find_spread


def line(first, second, sizes=None, task=""):
    first, second = (np.asarray(side, dtype=np.float64) for side in (first, second))
    count = first.shape[-1]
    numbers = np.ones(count) if sizes is None else np.asarray(sizes, dtype=np.float64)
    return Line(first=first, second=second, sizes=numbers, units=np.arange(count), task=task)


def test_units_of_every_task_weigh_the_same_in_whole_numbers():
    lines = [line([[1, 0]], [[0, 0]], task="a"), line([[0, 0, 0, 4]], [[1, 0, 0, 0]], [4] * 4, task="b")]
    assert unit_differences(lines).tolist() == [8, 0, -1, 0, 0, 4]


def test_the_test_over_contexts_is_scipys_with_all_signs():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (2, 1, 12))
    found = p_value([line(first, second, [4] * 12)])
    expected = permutation_test(
        (first[0], second[0]),
        lambda a, b, axis: (a - b).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    ).pvalue
    assert found == pytest.approx(expected)


def test_methods_must_differ_over_training_seeds_too():
    good, bad = [1.0] * 20, [0.0] * 20
    assert p_value([line([good], [bad])]) == mcnemar(20, 0)
    assert p_value([line([good, bad, good], [bad, good, bad])]) > 0.3


def test_one_unit_is_no_test_of_policies():
    assert p_value([line([[480.0]], [[0.0]], [480])]) is None
    assert p_value([line([[480.0]], [[0.0]], [480], task) for task in "ab"]) is not None


def test_between_its_ends_the_interval_is_students():
    rng = np.random.default_rng(1)
    one = line(*(rng.random((2, 1, 400)) < [[[0.5]], [[0.6]]]))
    found, expected = rate_interval(one, (400, 400), 400, ""), t_interval(find_spread([one]), 400, "")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.002)


def test_at_its_ends_it_is_wilsons():
    found = rate_interval(line([[1.0] * 50], [[1.0] * 50]), (50, 50), 50, "")
    assert found.high == pytest.approx(1 - wilson(50, 50).low)


def test_repeats_that_all_agree_do_not_make_it_narrower():
    outcomes = np.arange(40) % 3 > 0, np.arange(40) % 4 > 1
    once = rate_interval(line(*(o[None] for o in outcomes)), (40, 40), 40, "")
    often = rate_interval(line(*(9.0 * o[None] for o in outcomes), [9] * 40), (40, 40), 360, "")
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


@pytest.mark.parametrize(("num_seeds", "deviation"), [(1, 0.0), (3, 0.1)])
def test_the_interval_covers(num_seeds, deviation):
    rng = np.random.default_rng(2)
    held = []
    for _ in range(300):
        rates = np.clip(0.6 + deviation * rng.standard_normal((2, num_seeds, 1)), 0, 1)
        found = rate_interval(line(*(rng.random((2, num_seeds, 60)) < rates)), (60, 60), 60, "")
        held.append(found.low <= 0 <= found.high)
    assert np.mean(held) >= 0.92


def test_detectable_is_half_of_the_interval_times_the_quantiles():
    one = line([[1.0, 0.0] * 500], [[0.0, 1.0] * 500])
    spread = find_spread([one])
    found = detectable(t_interval(spread, 1000, ""), spread)
    assert found == pytest.approx((1.96 + 0.8416) * np.sqrt(spread.variance), rel=0.01)
