import pytest
from made_up import outcomes, record

from ilbench.scores import num_unscored, success_rate, wilson

WILSON = [  # k, n, low, high: scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
    (9, 10, 0.596, 0.982),
    (18, 20, 0.699, 0.972),
    (0, 50, 0.0, 0.071),
    (25, 50, 0.366, 0.634),
    (45, 50, 0.786, 0.957),
    (50, 50, 0.929, 1.0),
    (180, 200, 0.851, 0.934),
    (450, 500, 0.871, 0.923),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_success_rate_has_the_published_wilson_interval(k, n, low, high):
    rate = success_rate(outcomes(k, n))
    assert rate.value == k / n
    assert rate.n == n
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-4)


def test_more_confidence_needs_a_wider_interval():
    narrow, wide = (
        success_rate(outcomes(7, 20), confidence=0.8),
        success_rate(outcomes(7, 20), confidence=0.99),
    )
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("status", ["policy_error", "invalid_action", "timeout"])
def test_a_fault_of_the_policy_is_a_failure_that_stays_in_n(status):
    rate = success_rate([*outcomes(4, 4), record(9, False, status=status)])
    assert (rate.value, rate.n) == (0.8, 5)


def test_an_env_error_leaves_n_and_is_counted():
    records = [*outcomes(3, 4), record(9, status="env_error")]
    assert success_rate(records).n == 4
    assert num_unscored(records) == 1


def test_episodes_of_training_seeds_are_pooled_and_their_disagreement_widens_the_interval():
    agree = success_rate(*[outcomes(25, 50)] * 5)
    disagree = success_rate(*[outcomes(50, 50), outcomes(0, 50)] * 2, outcomes(25, 50))
    assert agree.value == disagree.value == 0.5
    assert agree.n == disagree.n == 250
    assert agree.high - agree.low < 0.35 < 0.7 < disagree.high - disagree.low


def test_training_seeds_that_all_succeed_do_not_claim_certainty():
    assert success_rate(outcomes(50, 50), outcomes(50, 50)).low < wilson(50, 50).low < 0.93
