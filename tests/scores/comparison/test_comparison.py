import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import paired, played, record
from statsmodels.stats.proportion import proportion_effectsize

from ilbench.scores import cohens_h, compare, sign_flip_test
from ilbench.scores.comparison.comparison import compare_sequentially
from ilbench.scores.comparison.sequential import OutOfBoundsError


@given(st.floats(0, 1), st.floats(0, 1))
def test_cohens_h_is_statsmodels(first, second):
    assert cohens_h(first, second) == pytest.approx(proportion_effectsize(first, second), abs=1e-12)


def test_agreement_everywhere_still_has_a_width():
    outcomes = played([1, 0] * 25)
    found = compare([outcomes], [outcomes])
    assert found.difference.low < 0 == found.difference.value < found.difference.high
    assert (found.p_value, found.num_discordant) == (1.0, (0, 0))


@given(counts=st.tuples(*[st.integers(0, 12)] * 4).filter(any))
@settings(max_examples=10)
def test_swapping_the_policies_mirrors_everything(counts):
    first, second = map(played, paired(*counts))
    one, other = compare([first], [second]), compare([second], [first])
    assert one.p_value == other.p_value
    assert (one.difference.value, one.cohens_h) == pytest.approx((-other.difference.value, -other.cohens_h))
    assert one.difference.low == pytest.approx(-other.difference.high)
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


def test_one_training_seed_on_a_side_compares_policies():
    runs = [played([1, 0, 1, 1])] * 3
    assert compare(runs, [played([0, 0, 1, 1])]).speaks_of == "policy"
    assert compare(runs, runs).speaks_of == "method"


def test_what_is_detectable_shrinks_with_the_contexts_and_grows_with_the_seeds_spread():
    few, many = (compare([played([1, 0] * n)], [played([0, 1] * n)]).detectable for n in (20, 80))
    assert few == pytest.approx(2 * many, rel=0.05)
    alike = compare([played([1, 0] * 20)] * 2, [played([0, 1] * 20)] * 2).detectable
    apart = compare([played([1] * 40), played([0] * 40)], [played([0] * 40), played([1] * 40)]).detectable
    assert apart > alike


def test_what_is_detectable_is_seen_with_the_power_that_is_said():
    rng, pilot = np.random.default_rng(0), compare(*[[played(side)] for side in paired(25, 25, 25, 25)])
    chances = np.array([[0.5 + pilot.detectable / 2], [0.5 - pilot.detectable / 2]])
    wins = (rng.random((1000, 2, 100)) < chances).astype(int)
    found = [sign_flip_test(first - second) <= 0.05 for first, second in wins]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_partial_credit_is_tested_while_it_comes_in():
    first, second = ([record(c, episode_return=r) for c in range(60)] for r in (0.75, 0.25))
    found = compare_sequentially([first], [second], (0, 1))
    assert found.called_after < 60
    assert found.low > 0
    wider = compare_sequentially([first], [second], (0, 4))
    assert wider.p_value > found.p_value


def test_returns_beyond_their_bounds_are_refused():
    with pytest.raises(OutOfBoundsError, match="outside the bounds 0 and 1"):
        compare_sequentially([[record(0, episode_return=3.0)]], [[record(0, episode_return=0.0)]], (0, 1))
