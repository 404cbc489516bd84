import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.checks.entropy_bias import mode_distributions
from ilbench.scores import entropy_ceiling
from ilbench.scores.diversity.entropy import (
    ENTROPY_ESTIMATORS,
    chao_shen_entropy,
    miller_madow_entropy,
    missing_mass,
    num_modes_unseen,
    plug_in_entropy,
)


@pytest.mark.parametrize(
    ("counts", "entropy"),
    [([5, 5, 5, 5], 1.0), ([7, 0, 0, 0], 0.0), ([3, 3, 0, 0], 0.5), ([2, 1, 1, 0], 0.75)],
)
def test_plug_in_entropy_has_the_closed_form(counts, entropy):
    assert plug_in_entropy(np.array(counts, float)) == pytest.approx(entropy)


def test_miller_madow_adds_observed_modes_less_one_over_2n():
    counts = np.array([6.0, 3.0, 0.0])
    added = miller_madow_entropy(counts) - plug_in_entropy(counts)
    assert added == pytest.approx(1 / (2 * 9) / np.log(3))
    assert miller_madow_entropy(np.array([2.0, 2.0])) == 1.0


@pytest.mark.parametrize(  # Monte Carlo of the original's code with an ideal policy, facts on D3IL, 9.4
    ("n", "modes", "ceiling"),
    [
        (8, 2, 0.903),
        (18, 2, 0.959),
        (16, 4, 0.927),
        (18, 6, 0.914),
        (20, 20, 0.815),
        (18, 3, 0.948),
        (480, 24, 0.992),
    ],
)
def test_ceiling_is_that_of_an_ideal_policy(n, modes, ceiling):
    assert entropy_ceiling(n, modes) == pytest.approx(ceiling, abs=2e-3)


def test_ceiling_of_few_episodes_by_hand():
    assert entropy_ceiling(1, 24) == 0
    assert entropy_ceiling(2, 2) == pytest.approx(0.5)
    assert entropy_ceiling(2, 4) == pytest.approx(3 / 4 * np.log(2) / np.log(4))


COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=12).filter(any)


def array(*counts):
    return np.array(counts, dtype=np.float64)


def test_chao_shen_by_hand():
    counts = array(3, 1, 0)
    coverage = 1 - 1 / 4
    expected = sum(
        -coverage * p * math.log(coverage * p) / (1 - (1 - coverage * p) ** 4) for p in (3 / 4, 1 / 4)
    )
    assert chao_shen_entropy(counts) == pytest.approx(expected / math.log(3))


def test_chao_shen_of_modes_all_seen_once_does_not_lose_its_coverage():
    expected = min(1.0, 4 * -(1 / 16) * math.log(1 / 16) / (1 - (15 / 16) ** 4) / math.log(9))
    assert chao_shen_entropy(array(1, 1, 1, 1, 0, 0, 0, 0, 0)) == pytest.approx(expected)


def test_chao_shen_without_a_mode_seen_once_only_allows_for_the_sample_size():
    assert chao_shen_entropy(array(50, 50)) == pytest.approx(1.0)
    assert chao_shen_entropy(array(7, 0)) == 0
    assert np.isnan(chao_shen_entropy(array(0, 0)))


@given(COUNTS)
def test_every_entropy_lies_between_0_and_1_and_knows_no_order_of_modes(counts):
    for estimate in ENTROPY_ESTIMATORS.values():
        value = float(estimate(np.array(counts, float)))
        assert 0 <= value <= 1
        assert value == pytest.approx(float(estimate(np.array(counts[::-1], float))))


@given(COUNTS)
def test_no_correction_lowers_the_plug_in_entropy_where_no_mode_was_seen_once(counts):
    counts = np.array([2 * n for n in counts], float)
    assert chao_shen_entropy(counts) >= plug_in_entropy(counts) - 1e-12


def test_missing_mass_is_the_share_of_modes_seen_once_unless_all_were_seen():
    assert missing_mass(array(5, 1, 1, 1, 0)) == pytest.approx(3 / 8)
    assert missing_mass(array(5, 2, 1)) == 0
    assert np.isnan(missing_mass(array(0, 0)))


def test_missing_mass_is_right_on_average():
    shares = mode_distributions(24)["geometric"]
    counts = np.random.default_rng(0).multinomial(16, shares, size=20_000)
    unseen = (np.where(counts == 0, shares, 0)).sum(axis=1)
    assert missing_mass(counts.astype(float)).mean() == pytest.approx(unseen.mean(), abs=5e-3)


def test_unseen_modes_have_chaos_bound_and_never_exceed_those_left():
    assert num_modes_unseen(array(4, 2, 1, 1, 1, *[0] * 9)) == pytest.approx(8 / 9 * 3 * 2 / (2 * 2))
    assert num_modes_unseen(array(1, 1, 1, 1, 0)) == 1
    assert num_modes_unseen(array(9, 9, 0)) == 0
