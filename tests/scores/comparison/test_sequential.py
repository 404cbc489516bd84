import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom

from ilbench.scores import sequential_test
from ilbench.scores.comparison.sequential import expected_discordant, log_wealth


@given(won=st.integers(0, 20), lost=st.integers(0, 20))
@settings(max_examples=25)
def test_the_wealth_is_the_average_over_all_bets(won, lost):
    expected = quad(lambda p: (2 * p) ** won * (2 * (1 - p)) ** lost, 0, 1)[0]
    assert np.exp(log_wealth(won, won + lost)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_wealth_is_not_expected_to_grow(count):
    won = np.arange(count + 1)
    assert binom.pmf(won, count, 0.5) @ np.exp(log_wealth(won, count)) == pytest.approx(1)


def test_eight_wins_in_a_row_are_called():
    found = sequential_test([1, 0, 1, 1, 1, 1, 1, 1, 1, 1], [2] * 10)
    assert (found.called_after, found.more_expected) == (18, None)
    assert found.p_value == pytest.approx(10 / 2**9)
    assert expected_discordant(1.0) == 8


def test_seven_wins_need_another():
    found = sequential_test([1] * 7, [2] * 7)
    assert (found.called_after, found.more_expected, found.num_discordant) == (None, 2, 7)


@pytest.mark.parametrize("differences", [[], [0, 0, 0], [1, -1]])
def test_without_a_leader_no_end_is_in_sight(differences):
    found = sequential_test(differences, [1] * len(differences))
    assert (found.called_after, found.more_expected, found.p_value) == (None, None, 1.0)


def test_equal_policies_are_seldom_called_different_however_often_one_looks():
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], size=(2000, 300))
    called = np.mean([sequential_test(row, np.ones(300)).called_after is not None for row in signs])
    assert 0 < called <= 0.05
