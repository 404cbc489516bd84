from dataclasses import replace

import pytest

from ilbench.errors import EmptyScoreError
from ilbench.scores import UndefinedScoreError, wilson
from ilbench.scores.statistics.estimate import Design, Estimate, difference, mean, ratio, weighted_sum


def test_a_ratio_interval_ends_where_the_difference_touches_zero():
    first, second = wilson(30, 50), wilson(45, 50)
    share = ratio(first, second)
    assert share.value == pytest.approx(2 / 3)
    for r in (share.low, share.high):
        scaled = replace(second, value=r * second.value, low=r * second.low, high=r * second.high)
        gap = difference(first, scaled)
        assert min(abs(gap.low), abs(gap.high)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("k", [0, 1, 10])
def test_ratio_intervals_hold_their_value_at_the_edges(k):
    share = ratio(wilson(k, 10), wilson(1, 10))
    assert 0 <= share.low <= share.value <= share.high


def test_a_ratio_to_a_rate_of_zero_is_undefined():
    with pytest.raises(UndefinedScoreError, match="above zero"):
        ratio(wilson(5, 10), wilson(0, 10))


def test_mean_over_tasks_adds_distances_in_quadrature():
    a = Estimate(value=0.5, low=0.2, high=0.9, n=10, method="")
    b = Estimate(value=0.7, low=0.3, high=1.0, n=30, method="")
    both = mean([a, b])
    assert (both.value, both.low, both.high) == pytest.approx((0.6, 0.35, 0.85))
    assert both.n == 40
    with pytest.raises(EmptyScoreError):
        mean([])


def test_a_ratio_with_correlation_ends_where_the_correlated_difference_touches_zero():
    first, second = wilson(30, 50), wilson(45, 50)
    share = ratio(first, second, 0.6)
    for r in (share.low, share.high):
        scaled = replace(second, value=r * second.value, low=r * second.low, high=r * second.high)
        gap = difference(first, scaled, 0.6)
        assert min(abs(gap.low), abs(gap.high)) == pytest.approx(0, abs=1e-12)
    apart = ratio(first, second)
    assert apart.low < share.low < share.value < share.high < apart.high


def estimate(value, half):
    return Estimate(value=value, low=value - half, high=value + half, n=1, method="")


def test_fully_correlated_estimates_add_their_intervals_without_gain():
    both = [estimate(0.4, 0.1), estimate(0.6, 0.3)]
    together = weighted_sum(both, [0.5, 0.5], "", lambda i, j: 1.0)
    assert (together.value, together.low, together.high) == pytest.approx((0.5, 0.3, 0.7))


def test_a_design_reads_as_contexts_by_repeats_by_training_seeds():
    assert str(Design(contexts=60, repeats=18, training_seeds=3, distinct=3240)) == "60×18×3"
