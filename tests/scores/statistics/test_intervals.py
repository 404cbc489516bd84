import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import record
from scipy.stats import beta, binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from ilbench.errors import EmptyScoreError
from ilbench.scores import INTERVALS, clopper_pearson, jeffreys, success_rate, wilson

STATSMODELS = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}


COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("name", INTERVALS)
@given(counts=COUNTS, confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_an_interval_agrees_with_statsmodels(name, counts, confidence):
    k, n = counts
    found = INTERVALS[name](k, n, confidence)
    low, high = proportion_confint(k, n, 1 - confidence, STATSMODELS[name])
    expected = (low if k else 0.0, high if k < n else 1.0)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


@given(counts=COUNTS)
def test_clopper_pearson_agrees_with_scipy_and_solves_the_binomial_tails(counts):
    k, n = counts
    found = clopper_pearson(k, n)
    exact = binomtest(k, n).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    if 0 < k < n:
        assert binom.sf(k - 1, n, found.low) == pytest.approx(0.025, rel=1e-9)
        assert binom.cdf(k, n, found.high) == pytest.approx(0.025, rel=1e-9)


PUBLISHED = [  # k, n, low, high of Clopper and Pearson: scipy and statsmodels
    (9, 10, 0.555, 0.997),
    (18, 20, 0.683, 0.988),
    (0, 50, 0.0, 0.071),
    (25, 50, 0.355, 0.645),
    (45, 50, 0.782, 0.967),
    (50, 50, 0.929, 1.0),
    (180, 200, 0.850, 0.938),
    (450, 500, 0.870, 0.925),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), PUBLISHED)
def test_clopper_pearson_is_as_tabulated(k, n, low, high):
    found = clopper_pearson(k, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


@given(counts=COUNTS)
def test_an_interval_holds_its_value_and_mirrors_with_the_outcomes(counts):
    k, n = counts
    for interval in INTERVALS.values():
        found, mirrored = interval(k, n, 0.95), interval(n - k, n, 0.95)
        assert found.low <= found.value <= found.high
        assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-12)


def test_jeffreys_takes_beta_quantiles():
    found = jeffreys(3, 10)
    assert (found.low, found.high) == pytest.approx(beta.ppf([0.025, 0.975], 3.5, 7.5), abs=1e-12)


@pytest.mark.parametrize("interval", INTERVALS.values())
def test_no_interval_of_no_episodes(interval):
    with pytest.raises(EmptyScoreError, match="run the episodes first"):
        interval(0, 0, 0.95)


def test_the_interval_of_a_success_rate_can_be_chosen():
    records = [record(i, success=i < 9) for i in range(10)]
    for interval in INTERVALS.values():
        found, expected = success_rate(records, interval=interval), interval(9, 10, 0.95)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert found.method == f"{expected.method} over contexts"
    several = success_rate(records, records, interval=clopper_pearson)
    assert several.method == "Clopper-Pearson over training seeds and contexts"
    assert several.low <= clopper_pearson(18, 20).low


def test_wilson_interval_ends_solve_the_score_equation():
    rate = wilson(7, 23)
    for end in (rate.low, rate.high):
        assert abs(rate.value - end) / np.sqrt(end * (1 - end) / 23) == pytest.approx(1.959964, abs=1e-5)
