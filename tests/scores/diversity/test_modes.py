"""Diversity beyond the plug-in entropy: what was missed, and how far from the demonstrations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.checks.entropy_bias import mode_distributions, simulate_entropy_errors, summarize_entropy_errors
from ilbench.errors import EmptyScoreError
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import UndefinedScoreError, mode_divergence, score_diversity
from ilbench.scores.diversity.divergence import (
    divergence_floor,
    jensen_shannon_divergence,
    kl_divergence,
    largest_divergence,
)
from ilbench.scores.diversity.entropy import (
    ENTROPY_ESTIMATORS,
    chao_shen_entropy,
    missing_mass,
    num_modes_unseen,
    plug_in_entropy,
)

COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=12).filter(any)


def shown(modes, repeats=1):
    """Records of successes that show these modes, `repeats` in turn on each context."""
    return [
        EpisodeRecord(
            task="toy/reach-v1",
            split="test",
            context=i // repeats,
            repeat=i % repeats,
            env_seed=1,
            policy_seed=2,
            initial_digest="0" * 32,
            status="ok",
            reason=None,
            success=True,
            episode_return=1.0,
            length=3,
            terminated=True,
            truncated=False,
            mode=mode,
            action_digest="1" * 32,
            times=Times(env_s=0.0, policy_s=0.0),
        )
        for i, mode in enumerate(modes)
    ]


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


def test_diversity_holds_what_was_missed_and_the_divergence():
    scores = score_diversity(
        shown([0, 0, 0, 1, 2], repeats=5), num_modes=4, demonstrations={0: 5, 1: 5, 2: 5}
    )
    assert scores.missing_mass == pytest.approx(2 / 5)
    assert scores.num_modes_unseen == pytest.approx(4 / 5 * 2 / 2)
    assert scores.from_demonstrations.js.value < 0.1
    assert score_diversity(shown([0, 3]), num_modes=4, demonstrations={0: 5}).from_demonstrations.kl is None
    assert score_diversity(shown([0, 3]), num_modes=4).from_demonstrations is None


def test_conditional_entropy_is_corrected_context_by_context():
    scores = score_diversity(shown([0, 0, 0, 1, 1, 1, 0, 0], repeats=4), num_modes=2)
    expected = np.mean(chao_shen_entropy(np.array([[3.0, 1.0], [2.0, 2.0]])))
    assert scores.conditional.entropy_corrected == pytest.approx(expected)


def test_simulated_errors_of_the_plug_in_estimator_agree_with_the_exact_expectation():
    errors = list(simulate_entropy_errors([4], [2], 20_000, 0))
    uniform = next(e for e in errors if e.distribution == "uniform" and e.estimator == "plug-in")
    exact = (8 * 0.811278 + 6 * 1) / 16  # 1 3, 3 1: eight of sixteen; 2 2: six
    assert uniform.bias == pytest.approx(exact - 1, abs=4 * uniform.standard_error)
    collapsed = [e for e in errors if e.distribution == "collapsed"]
    assert all(e.bias == e.rmse == 0 for e in collapsed)


def test_chao_shen_has_the_least_worst_bias_where_modes_are_many_and_episodes_few():
    summaries = summarize_entropy_errors(simulate_entropy_errors([8, 16], [24], 500, 0))
    worst = {}
    for cell in summaries:
        worst[cell.estimator] = max(worst.get(cell.estimator, 0), cell.worst_bias)
    assert worst["Chao-Shen"] < worst["Miller-Madow"] < worst["plug-in"]


@pytest.mark.parametrize("num_modes", [2, 4, 24])
def test_distributions_over_modes_are_distributions(num_modes):
    for shares in mode_distributions(num_modes).values():
        assert shares.shape == (num_modes,)
        assert shares.sum() == pytest.approx(1)
        assert (shares >= 0).all()


def test_a_single_success_tells_nothing_of_the_spread():
    scores = score_diversity(shown([1]), num_modes=4, demonstrations={0: 5, 1: 5})
    assert (scores.entropy.value, scores.entropy.low, scores.entropy.high) == (0, 0, 1)
    assert (scores.from_demonstrations.js.low, scores.from_demonstrations.js.high) == (0, 1)
