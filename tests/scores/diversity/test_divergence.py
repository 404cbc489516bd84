import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import shown

from ilbench.errors import EmptyScoreError
from ilbench.scores import UndefinedScoreError, mode_divergence, score_diversity
from ilbench.scores.diversity.divergence import (
    divergence_floor,
    jensen_shannon_divergence,
    kl_divergence,
    largest_divergence,
)
from ilbench.scores.diversity.entropy import plug_in_entropy

COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=12).filter(any)


def array(*counts):
    return np.array(counts, dtype=np.float64)


def test_divergence_from_uniform_demonstrations_is_1_less_the_entropy():
    counts = array(7, 2, 1, 0)
    assert kl_divergence(counts, np.ones(4)) == pytest.approx(1 - plug_in_entropy(counts))


def test_divergences_by_hand():
    counts, reference = array(3, 1), array(1, 1)
    kl = 0.75 * math.log2(1.5) + 0.25 * math.log2(0.5)
    js = 0.5 * (0.75 * math.log2(0.75 / 0.625) + 0.25 * math.log2(0.25 / 0.375)) + 0.5 * (
        0.5 * math.log2(0.5 / 0.625) + 0.5 * math.log2(0.5 / 0.375)
    )
    assert kl_divergence(counts, reference) == pytest.approx(kl)
    assert jensen_shannon_divergence(counts, reference) == pytest.approx(js)


def test_a_mode_that_no_demonstration_shows_is_infinitely_far_but_finite_in_jensen_shannon():
    assert kl_divergence(array(1, 1), array(1, 0)) == np.inf
    assert jensen_shannon_divergence(array(0, 1), array(1, 0)) == 1
    assert largest_divergence(array(3, 1, 0)) == pytest.approx(math.log(4) / math.log(3))


@given(COUNTS, st.integers(1, 5))
def test_equal_shares_have_no_divergence_and_jensen_shannon_is_symmetric(counts, factor):
    first = np.array(counts, float)
    second = np.arange(1.0, len(counts) + 1)
    assert kl_divergence(factor * first, first) == pytest.approx(0, abs=1e-12)
    assert jensen_shannon_divergence(factor * first, first) == pytest.approx(0, abs=1e-12)
    there, back = jensen_shannon_divergence(first, second), jensen_shannon_divergence(second, first)
    assert there == pytest.approx(float(back))


@pytest.mark.parametrize("reference", [array(0, 0), array(1, 1, 1), array()])
def test_a_divergence_from_nothing_or_from_other_modes_is_undefined(reference):
    with pytest.raises(UndefinedScoreError, match="reference"):
        kl_divergence(array(1, 1), reference)


@pytest.mark.parametrize("reference", [array(1, 1), array(4, 1, 0), array(1, 0)])
def test_divergence_floor_is_the_mean_over_samples(reference):
    counts = np.random.default_rng(0).multinomial(6, reference / reference.sum(), size=20_000)
    mean = jensen_shannon_divergence(counts.astype(float), reference).mean()
    assert divergence_floor(6, reference) == pytest.approx(mean, abs=2e-3)


def test_a_policy_that_copies_the_demonstrations_is_not_held_to_differ():
    demonstrations = {0: 300, 1: 100}
    rng = np.random.default_rng(0)
    scores = [
        mode_divergence(
            shown((rng.random(100) < 0.25).astype(int).tolist()), num_modes=2, demonstrations=demonstrations
        )
        for _ in range(40)
    ]
    assert sum(score.js.low <= 1e-4 for score in scores) >= 36
    assert np.mean([score.js.value for score in scores]) == pytest.approx(scores[0].js_floor, rel=0.5)
    assert all(0 <= s.kl.low <= s.kl.value <= s.kl.high <= 2 for s in scores)


def test_divergence_of_training_seeds_is_their_mean():
    score = mode_divergence(shown([0] * 9), shown([1] * 9), num_modes=2, demonstrations={0: 1, 1: 1})
    assert score.kl.value == pytest.approx(1)
    assert score.kl.n == 18


def test_no_divergence_without_a_success():
    failed = [record.model_copy(update={"success": False}) for record in shown([0, 1])]
    with pytest.raises(EmptyScoreError):
        mode_divergence(failed, num_modes=2, demonstrations={0: 1})
    scores = score_diversity(failed, num_modes=2, demonstrations={0: 1})
    assert scores.from_demonstrations is scores.missing_mass is scores.num_modes_unseen is None
