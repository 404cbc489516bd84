"""The sequential test: wealth that nobody expects to grow, against closed forms and the package of others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln
from scipy.stats import binom
from sequentialized_barnard_tests import Decision, Hypothesis, SaviTest

from ilbench.scores import sequential_test
from ilbench.scores.comparison.sequential import OutOfBoundsError, log_wealth


@given(signs=st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=200))
@settings(max_examples=25)
def test_for_single_episodes_it_is_laplaces_rule_on_the_discordant_ones(signs):
    won, count = signs.count(1.0), len(signs) - signs.count(0.0)
    expected = count * np.log(2) + betaln(won + 1, count - won + 1)
    assert log_wealth(np.array(signs))[-1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_wealth_is_not_expected_to_grow(count):
    won = np.arange(count + 1)
    paths = np.where(np.arange(count) < won[:, None], 1.0, -1.0)
    assert binom.pmf(won, count, 0.5) @ np.exp(log_wealth(paths)[:, -1]) == pytest.approx(1)


def test_eight_wins_in_a_row_are_called():
    found = sequential_test([1, 0, 1, 1, 1, 1, 1, 1, 1, 1], [2] * 10)
    assert (found.called_after, found.more_expected) == (18, None)
    assert found.p_value == pytest.approx(10 / 2**9)
    assert found.low > 0


def test_seven_wins_need_another():
    found = sequential_test([1] * 7, [2] * 7)
    assert (found.called_after, found.more_expected, found.num_discordant) == (None, 2, 7)


@pytest.mark.parametrize("differences", [[0, 0, 0], [1, -1]])
def test_without_a_leader_no_end_is_in_sight(differences):
    found = sequential_test(differences, [1] * len(differences))
    assert (found.called_after, found.more_expected, found.p_value) == (None, None, pytest.approx(1.0))


def test_one_unit_is_no_test():
    assert sequential_test([1], [480]).p_value is None


def test_differences_beyond_their_bounds_are_refused():
    with pytest.raises(OutOfBoundsError, match="difference of 3"):
        sequential_test([0.5, 3], [1, 1])


def test_it_is_about_the_mean_where_repeats_make_the_signs_lopsided():
    rng = np.random.default_rng(0)
    lopsided = np.where(rng.random((300, 100)) < 0.9, 0.1, -0.9)
    assert (log_wealth(lopsided).max(axis=1) >= np.log(20)).mean() <= 0.05


def test_equal_policies_are_seldom_called_different_however_often_one_looks():
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(500, 200))
    called = (log_wealth(signs).max(axis=1) >= np.log(20)).mean()
    assert 0 < called <= 0.05


def test_the_interval_seldom_loses_the_mean_when_one_stops_at_the_worst_moment():
    values = np.random.default_rng(1).uniform(-0.8, 1.0, size=(100, 40))
    lost = [not (lambda s: s.low <= 0.1 <= s.high)(sequential_test(row, np.ones(40))) for row in values]
    assert np.mean(lost) <= 0.05


@pytest.mark.parametrize(("p", "q"), [(0.9, 0.3), (0.8, 0.4)])
def test_it_calls_about_as_early_as_the_package_of_others(p, q):
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for _ in range(10):
        first, second = rng.random(150) < p, rng.random(150) < q
        found = sequential_test(first.astype(float) - second, np.ones(150))
        ours.append(found.called_after or 150)
        theirs.append(stopping_time(first, second))
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.5)


def stopping_time(first, second):
    """Returns when the test of Turner and Grünwald (2023) calls; its two sides have half of 5 % each."""
    tests = [SaviTest(side, alpha=0.025) for side in (Hypothesis.P0MoreThanP1, Hypothesis.P0LessThanP1)]
    for time, (one, other) in enumerate(zip(first.tolist(), second.tolist(), strict=True), start=1):
        if any(test.step(one, other).decision == Decision.AcceptAlternative for test in tests):
            return time
    return len(first)
