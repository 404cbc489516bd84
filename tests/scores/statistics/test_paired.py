"""Paired rates: Newcombe's interval, published and by its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import paired

from ilbench.scores.statistics.intervals import wilson
from ilbench.scores.statistics.paired import outcome_correlation, paired_correlation, paired_newcombe


def test_newcombes_paired_interval_is_as_published():
    first, second = (np.array(o, dtype=float) for o in paired(36, 12, 2, 0))
    found = paired_newcombe(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_paired_correlation_by_hand():
    assert paired_correlation(10, 0, 0, 10) == pytest.approx((100 - 10) / 100)
    assert paired_correlation(0, 5, 5, 0) == -1
    assert paired_correlation(3, 1, 1, 1) == 0
    assert paired_correlation(9, 1, 0, 0) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=60))
def test_the_interval_is_newcombes_formula_for_whole_and_fractional_outcomes(pairs):
    first, second = np.array([(a / 3, b / 5) for a, b in pairs]).T
    found, n = paired_newcombe(first, second), len(pairs)
    both, wins = first @ second, first @ (1 - second)
    losses, neither = (1 - first) @ second, (1 - first) @ (1 - second)
    one, other = wilson(both + wins, n), wilson(both + losses, n)
    margins = (both + wins) * (losses + neither) * (both + losses) * (wins + neither)
    top = both * neither - wins * losses
    phi = (max(top - n / 2, 0) if top > 0 else top) / np.sqrt(margins) if margins else 0
    near, far = one.value - one.low, other.high - other.value
    expected = (wins - losses) / n - np.sqrt(max(0, near**2 - 2 * phi * near * far + far**2))
    assert found.low == pytest.approx(expected, abs=1e-9)
    assert (found.n, found.method) == (n, "Newcombe, paired")


@given(st.tuples(*[st.integers(0, 30)] * 4).filter(any))
def test_counts_and_outcomes_have_one_correlation_to_the_last_bit_but_one(counts):
    first, second = (np.array(side, dtype=float) for side in paired(*counts))
    assert outcome_correlation(first, second) == pytest.approx(paired_correlation(*counts), abs=2.3e-16)
