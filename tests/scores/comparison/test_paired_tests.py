from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from ilbench.scores import holm, mcnemar, sign_flip_test
from ilbench.scores.comparison.paired_tests import MAX_SUM

COUNTS = st.integers(0, 60)


@given(wins=COUNTS, losses=COUNTS, ties=COUNTS)
def test_single_episodes_give_mcnemars_exact_test(wins, losses, ties):
    found = sign_flip_test([1] * wins + [-1] * losses + [0] * ties)
    assert found == mcnemar(wins, losses)
    expected = statsmodels_mcnemar([[ties, wins], [losses, 0]], exact=True).pvalue
    assert found == pytest.approx(min(1.0, expected), abs=1e-12)
    if wins + losses:
        assert found == pytest.approx(binomtest(wins, wins + losses).pvalue, abs=1e-12)


@given(differences=st.lists(st.integers(-4, 4), min_size=1, max_size=10))
def test_the_sign_flip_test_enumerates_all_signs(differences):
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=len(differences))]
    expected = np.mean(np.array(sums) >= abs(sum(differences)))
    assert sign_flip_test(differences) == pytest.approx(expected, abs=1e-12)


@given(differences=st.lists(st.integers(-9, 9), min_size=1, max_size=30), scale=st.floats(0.01, 100))
def test_rounding_is_to_the_safe_side_and_small(differences, scale):
    exact, rounded = sign_flip_test(differences), sign_flip_test(np.array(differences) * scale)
    assert exact - 1e-12 <= rounded <= exact + 0.02


def test_a_sum_above_the_largest_is_close_to_the_normal_one():
    differences = np.random.default_rng(0).integers(-MAX_SUM, MAX_SUM, 400) + MAX_SUM // 20
    z = differences.sum() / np.sqrt((differences.astype(float) ** 2).sum())
    assert sign_flip_test(differences) == pytest.approx(2 * norm.sf(abs(z)), rel=0.05)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)
