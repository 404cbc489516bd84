import numpy as np
import pytest
from made_up import outcomes, record, shown

from ilbench.errors import EmptyScoreError
from ilbench.scores import (
    behavior_entropy,
    conditional_behavior_entropy,
    corrected_entropy,
    entropy_ceiling,
    num_modes_found,
    score_diversity,
)
from ilbench.scores.diversity.entropy import chao_shen_entropy, plug_in_entropy


def test_failures_and_undecided_successes_show_no_mode():
    records = [*shown([0, 0, 1, 1]), record(7, False, mode=2), record(8, mode=None)]
    scores = score_diversity(records, num_modes=4)
    assert scores.entropy.value == pytest.approx(0.5)
    assert (scores.entropy.n, scores.num_modes_found) == (4, 2)
    assert (scores.num_successes, scores.num_undecided) == (5, 1)


def test_diversity_without_success_is_undefined_not_zero():
    scores = score_diversity(outcomes(0, 5, mode=1), num_modes=4)
    assert scores.entropy is scores.entropy_corrected is scores.ceiling is None
    assert scores.num_modes_found == 0


def test_entropy_interval_covers_a_uniform_policy():
    rng = np.random.default_rng(0)
    intervals = [
        behavior_entropy(shown(rng.integers(24, size=100).tolist()), num_modes=24) for _ in range(40)
    ]
    assert sum(i.low <= 1.0 <= i.high for i in intervals) >= 36
    assert all(0 <= i.low <= i.value <= i.high <= 1 for i in intervals)


def test_entropy_interval_covers_an_uneven_policy_seen_twenty_times():
    rng = np.random.default_rng(1)
    truth = plug_in_entropy(np.array([0.8, 0.2]))
    samples = [(rng.random(20) < 0.2).astype(int).tolist() for _ in range(300)]
    intervals = [behavior_entropy(shown(modes), num_modes=2) for modes in samples]
    assert sum(i.low <= truth <= i.high for i in intervals) >= 250


def test_entropy_interval_reaches_as_far_down_as_resamples_of_a_skewed_sample_do():
    few_of_one = behavior_entropy(shown([0] * 16 + [1] * 4), num_modes=2)
    assert few_of_one.low < 0.4 < few_of_one.value


def test_entropy_interval_of_many_episodes_is_not_lowered_by_the_bias_of_resampling():
    modes = np.random.default_rng(0).integers(24, size=480).tolist()
    assert behavior_entropy(shown(modes), num_modes=24).low > 0.98


def test_seeds_that_collapsed_to_different_modes_are_not_diverse():
    entropy = behavior_entropy(shown([0] * 50), shown([1] * 50), num_modes=2)
    assert entropy.value == 0
    assert entropy.n == 100
    assert corrected_entropy(shown([0] * 50), shown([1] * 50), num_modes=2) == 0
    assert num_modes_found(shown([0] * 9), shown([0, 1]), num_modes=2) == 1.5


def conditional(records, empty):
    return conditional_behavior_entropy(records, num_modes=2, empty=empty)


def test_a_mode_that_follows_from_the_context_has_no_conditional_entropy():
    records = [record(c, repeat=r, mode=c % 2) for c in range(10) for r in range(4)]
    assert behavior_entropy(records, num_modes=2).value == 1
    assert conditional(records, "drop").value == 0


def test_contexts_without_success_count_zero_or_are_dropped():
    diverse = [record(c, repeat=r, mode=r % 2) for c in range(3) for r in range(4)]
    failed = [record(3, False, repeat=r, mode=0) for r in range(4)]
    assert conditional([*diverse, *failed], "drop").value == 1
    assert conditional([*diverse, *failed], "zero").value == 0.75


def test_conditional_ceilings_follow_the_same_conventions():
    diverse = [record(c, repeat=r, mode=r % 2) for c in range(3) for r in range(2)]
    scores = score_diversity(
        [*diverse, record(3, False), record(3, False, repeat=1)], num_modes=2
    ).conditional
    assert scores.ceiling == pytest.approx(0.5)
    assert scores.ceiling_with_zeros == pytest.approx(0.375)


def test_conditional_entropy_on_one_context_is_the_behavior_entropy():
    records = [record(0, repeat=r, mode=r % 2) for r in range(8)]
    assert conditional(records, "zero") == behavior_entropy(records, num_modes=2)
    assert score_diversity(records, num_modes=2).conditional.ceiling == pytest.approx(entropy_ceiling(8, 2))


def test_single_episodes_a_context_have_no_conditional_entropy():
    assert score_diversity(shown([0, 1, 0]), num_modes=2).conditional is None
    with pytest.raises(EmptyScoreError, match="more than once"):
        conditional(shown([0, 1, 0]), "drop")


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


def test_a_single_success_tells_nothing_of_the_spread():
    scores = score_diversity(shown([1]), num_modes=4, demonstrations={0: 5, 1: 5})
    assert (scores.entropy.value, scores.entropy.low, scores.entropy.high) == (0, 0, 1)
    assert (scores.from_demonstrations.js.low, scores.from_demonstrations.js.high) == (0, 1)
