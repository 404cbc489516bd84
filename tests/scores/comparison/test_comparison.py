import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import paired, played
from statsmodels.stats.proportion import proportion_effectsize

from ilbench.scores import cohens_h, compare


@given(st.floats(0, 1), st.floats(0, 1))
def test_cohens_h_is_statsmodels(first, second):
    assert cohens_h(first, second) == pytest.approx(proportion_effectsize(first, second), abs=1e-12)


def test_agreement_everywhere_still_has_a_width():
    outcomes = played([1, 0] * 25)
    found = compare([outcomes], [outcomes])
    assert found.difference.low < 0 == found.difference.value < found.difference.high
    assert (found.p_value, found.num_discordant) == (1.0, (0, 0))


@given(counts=st.tuples(*[st.integers(0, 12)] * 4).filter(any))
@settings(max_examples=30)
def test_swapping_the_policies_mirrors_everything(counts):
    first, second = map(played, paired(*counts))
    one, other = compare([first], [second]), compare([second], [first])
    assert one.p_value == other.p_value
    assert (one.difference.value, one.cohens_h) == pytest.approx((-other.difference.value, -other.cohens_h))
    assert one.difference.low == pytest.approx(-other.difference.high, abs=0.05)
    assert one.improvement.value == pytest.approx(1 - other.improvement.value)
    assert one.improvement.value == pytest.approx(0.5 + one.difference.value / 2)


def test_the_interval_of_the_difference_is_that_of_pairs():
    first, second = paired(100, 60, 30, 110)
    found = compare([played(first)], [played(second)]).difference
    error = np.std(np.subtract(first, second)) / np.sqrt(300)
    assert (found.low, found.high) == pytest.approx((0.1 - 1.96 * error, 0.1 + 1.96 * error), abs=0.006)


def test_a_difference_must_hold_over_training_seeds_too():
    good, bad = played([1] * 40), played([0] * 40)
    assert compare([good], [bad]).p_value < 1e-6
    by_chance = compare([good, bad, good], [bad, good, bad])
    assert by_chance.p_value > 0.3
    assert by_chance.difference.low < 0 < by_chance.difference.value
    assert compare([good, good], [bad, bad]).p_value < 1e-6


def test_unequal_numbers_of_training_seeds_are_compared_by_their_means():
    one = compare([played([1, 0, 1, 1])] * 3, [played([0, 0, 1, 1])] * 2)
    other = compare([played([1, 0, 1, 1])], [played([0, 0, 1, 1])])
    assert one.difference.value == other.difference.value == 0.25
    assert one.num_discordant == other.num_discordant == (1, 0)
