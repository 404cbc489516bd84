"""Bounded means: what is printed has the coverage that was promised, for rates and for other columns."""

import numpy as np
import pytest
from made_up import record
from scipy.stats import t

from ilbench.scores import clopper_pearson, success_rate, wilson
from ilbench.scores.bounded import bounded_mean, cell_mean, share
from ilbench.scores.sample import make_sample


def grid(successes, repeats):
    """Returns records of contexts with so many successes, every episode different."""
    return [
        record(c, r < k, repeat=r, action_digest=f"{c * repeats + r:032x}")
        for c, k in enumerate(successes)
        for r in range(repeats)
    ]


def of(records, values=None):
    sample = make_sample([records], "test")
    return sample, sample.episodes.success if values is None else np.asarray(values, dtype=np.float64)


def test_one_episode_a_context_has_wilsons_interval():
    found = share(*of(grid([1, 0, 1, 1, 0, 1, 1, 1, 1, 1], 1)))
    assert (found.low, found.high) == pytest.approx((wilson(8, 10).low, wilson(8, 10).high))


def test_a_policy_that_repeats_itself_has_the_interval_of_its_contexts():
    found = share(*of(grid([4 * (c % 3 > 0) for c in range(30)], 4)))
    contexts = wilson(20, 30)
    assert found.high - found.low == pytest.approx(contexts.high - contexts.low, rel=0.06)
    assert str(found.design) == "30×4×1"


def test_a_single_episode_played_often_is_one_episode():
    found = success_rate([record(0, repeat=r) for r in range(480)])
    assert (found.low, found.high) == pytest.approx((wilson(1, 1).low, 1.0))
    assert (found.n, found.design.distinct) == (480, 1)
    assert "one context" in found.method


def test_korn_and_graubard_take_clopper_and_pearsons_with_effective_numbers():
    sample, values = of(grid([0, 1, 4, 4, 2, 3, 4, 0, 1, 4, 2, 2], 4))
    found = share(sample, values, interval=clopper_pearson)
    quantile = t.ppf(0.975, found.scatter.freedom)
    size = found.scatter.size * (1.959964 / quantile) ** 2
    expected = clopper_pearson(found.value * size, size)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_several_training_seeds_speak_of_the_method_and_one_of_the_policy():
    records = grid([2] * 10, 4)
    assert (success_rate(records).speaks_of, success_rate(records, records).speaks_of) == ("policy", "method")


def test_a_column_of_two_values_has_the_interval_of_a_rate():
    sample, values = of(grid([1, 3, 4, 0, 2], 4))
    rate, returns = share(sample, values), bounded_mean(sample, 5 * values - 2, (-2.0, 3.0))
    assert (returns.low, returns.high) == pytest.approx((5 * rate.low - 2, 5 * rate.high - 2))


def test_equal_values_have_no_width_unless_others_are_known():
    sample, values = of(grid([0] * 20, 1))
    assert bounded_mean(sample, values, (0.0, 0.0)).high == 0
    assert bounded_mean(sample, values, (0.0, 1.0)).high == pytest.approx(wilson(0, 20).high)


def test_a_mean_of_many_normal_draws_has_students_interval():
    values = np.random.default_rng(0).normal(3, 1, 200)
    found = bounded_mean(*of(grid([0] * 200, 1), values), (values.min(), values.max()))
    half = t.ppf(0.975, 199) * values.std(ddof=1) / np.sqrt(200)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_a_number_for_each_cell_counts_once():
    sample, _ = of(grid([1] * 6, 2))
    numbers = np.array([[0.1, 0.9, 0.4, 0.6, 0.0, 0.0]])
    found = cell_mean(sample, numbers, np.array([[1.0, 1, 1, 1, 0, 0]]), n=12)
    assert (found.value, found.n) == (0.5, 12)
