"""Scores against closed forms and published tables."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.shipped import Reference
from ilbench.contract.task import Preset, Split, Task
from ilbench.errors import EmptyScoreError
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import (
    MismatchedRecordsError,
    UndefinedScoreError,
    behavior_entropy,
    conditional_behavior_entropy,
    corrected_entropy,
    entropy_ceiling,
    entropy_curve,
    generalization_gap,
    mean_return,
    normalized_return,
    num_modes_found,
    num_unscored,
    score_diversity,
    score_task,
    success_rate,
    wilson,
)
from ilbench.scores.diversity.entropy import miller_madow_entropy, plug_in_entropy
from ilbench.scores.statistics.bootstrap import resampling_weights
from ilbench.scores.statistics.estimate import Estimate, difference, mean, ratio


def record(
    context, success=True, *, repeat=0, mode=None, ret=0.0, split="test", task="toy/reach-v1", status="ok"
):
    return EpisodeRecord(
        task=task,
        split=split,
        context=context,
        repeat=repeat,
        env_seed=1,
        policy_seed=2,
        initial_digest="0" * 32,
        status=status,
        reason=None if status == "ok" else "why",
        success=None if status == "env_error" else success,
        episode_return=ret,
        length=3,
        terminated=success,
        truncated=not success,
        mode=mode,
        action_digest="1" * 32,
        times=Times(env_s=0.0, policy_s=0.0),
    )


def outcomes(num_successes, num_episodes, **fields):
    return [record(i, i < num_successes, **fields) for i in range(num_episodes)]


def shown(modes):
    return [record(i, mode=mode) for i, mode in enumerate(modes)]


def toy_task(**changes):
    task = Task(
        id="toy/reach-v1",
        summary="Reach.",
        env="toy:Env",
        packages=(),
        extra="all",
        horizon=10,
        success_rule="ever",
        observation=(Field(name="state", shape=(2,)),),
        action=ActionField(shape=(2,), low=-1, high=1),
        data="ilbench:no-such-folder",
        make_contexts="toy:contexts",
        splits=tuple(Split(name=n, num_contexts=50, description="") for n in ("train", "test", "shift/far")),
        presets={p: Preset(num_contexts=50) for p in ("smoke", "standard", "full")},
        source="",
        license="MIT",
        modes=("left", "right"),
    )
    return replace(task, **changes)


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


def test_wilson_interval_ends_solve_the_score_equation():
    rate = wilson(7, 23)
    for end in (rate.low, rate.high):
        assert abs(rate.value - end) / np.sqrt(end * (1 - end) / 23) == pytest.approx(1.959964, abs=1e-5)


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


@pytest.mark.parametrize("records", [[], [record(0, status="env_error")]])
@pytest.mark.parametrize(
    "score",
    [
        success_rate,
        mean_return,
        lambda r: behavior_entropy(r, num_modes=2),
        lambda r: num_modes_found(r, num_modes=2),
    ],
)
def test_no_score_of_no_episodes(score, records):
    with pytest.raises(EmptyScoreError):
        score(records)


def test_episodes_of_training_seeds_are_pooled_and_their_disagreement_widens_the_interval():
    agree = success_rate(outcomes(25, 50), outcomes(25, 50))
    disagree = success_rate(outcomes(50, 50), outcomes(0, 50))
    assert agree.value == disagree.value == 0.5
    assert agree.n == disagree.n == 100
    assert (disagree.low, disagree.high) == (0.0, 1.0)
    assert agree.high - agree.low < 0.3


def test_training_seeds_that_all_succeed_do_not_claim_certainty():
    assert success_rate(outcomes(50, 50), outcomes(50, 50)).low == pytest.approx(wilson(100, 100).low)


def test_an_episode_given_twice_in_one_training_seed_is_refused():
    with pytest.raises(MismatchedRecordsError, match="twice"):
        success_rate([record(0), record(0)])


def test_two_splits_in_one_rate_are_refused():
    with pytest.raises(MismatchedRecordsError, match="toy/reach-v1 train"):
        success_rate([record(0), record(1, split="train")])


def test_mean_return_interval_is_near_the_normal_one():
    returns = np.random.default_rng(0).normal(10, 2, 400)
    estimate = mean_return([record(i, ret=float(r)) for i, r in enumerate(returns)])
    half = 1.96 * returns.std(ddof=1) / 20
    assert estimate.value == pytest.approx(returns.mean())
    assert (estimate.low, estimate.high) == pytest.approx(
        (returns.mean() - half, returns.mean() + half), abs=0.03
    )


def test_repeats_of_a_context_add_no_precision_when_they_repeat_its_return():
    once = mean_return([record(c, ret=float(c % 5)) for c in range(40)])
    often = mean_return([record(c, repeat=r, ret=float(c % 5)) for c in range(40) for r in range(10)])
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.n == 400


def test_repeats_of_the_only_context_are_resampled_as_episodes():
    estimate = mean_return([record(0, repeat=r, ret=float(r % 2)) for r in range(100)])
    assert (estimate.low, estimate.high) == pytest.approx((0.4, 0.6), abs=0.03)


def test_normalized_return_maps_the_references_on_0_and_1():
    random = Reference(mean_return=-2.0, success_rate=0.0, num_episodes=9)
    expert = Reference(mean_return=8.0, success_rate=1.0, num_episodes=9)
    raw = Estimate(value=3.0, low=-2.0, high=8.0, n=9, method="")
    scaled = normalized_return(raw, random=random, expert=expert)
    assert (scaled.value, scaled.low, scaled.high, scaled.n) == (0.5, 0.0, 1.0, 9)
    with pytest.raises(UndefinedScoreError, match="must exceed"):
        normalized_return(raw, random=random, expert=random)


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


def test_a_mode_beyond_the_tasks_modes_is_refused():
    with pytest.raises(MismatchedRecordsError, match=r"mode 4.*modes 0 to 3"):
        behavior_entropy(shown([0, 4]), num_modes=4)


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
    assert behavior_entropy(shown(modes), num_modes=24).low > 0.99


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


def test_gap_has_newcombes_published_interval():
    gap = generalization_gap(outcomes(56, 70, split="train"), outcomes(48, 80))
    assert gap.value == pytest.approx(0.2)
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert gap.n == 150


def test_a_ratio_interval_ends_where_the_difference_touches_zero():
    first, second = wilson(30, 50), wilson(45, 50)
    share = ratio(first, second)
    assert share.value == pytest.approx(2 / 3)
    for r in (share.low, share.high):
        scaled = replace(second, value=r * second.value, low=r * second.low, high=r * second.high)
        gap = difference(first, scaled)
        assert min(abs(gap.low), abs(gap.high)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("k", [0, 1, 10])
def test_ratio_intervals_hold_their_value_at_the_edges(k):
    share = ratio(wilson(k, 10), wilson(1, 10))
    assert 0 <= share.low <= share.value <= share.high


def test_a_ratio_to_a_rate_of_zero_is_undefined():
    with pytest.raises(UndefinedScoreError, match="above zero"):
        ratio(wilson(5, 10), wilson(0, 10))


def test_mean_over_tasks_adds_distances_in_quadrature():
    a = Estimate(value=0.5, low=0.2, high=0.9, n=10, method="")
    b = Estimate(value=0.7, low=0.3, high=1.0, n=30, method="")
    both = mean([a, b])
    assert (both.value, both.low, both.high) == pytest.approx((0.6, 0.35, 0.85))
    assert both.n == 40
    with pytest.raises(EmptyScoreError):
        mean([])


def test_score_task_assembles_splits_gaps_and_counts():
    train, test = outcomes(50, 50, split="train", mode=0), outcomes(40, 50, mode=1)
    scores = score_task(toy_task(), [*test, *train, record(60, status="env_error", split="shift/far")])
    assert list(scores.splits) == ["train", "test"]
    assert scores.gap("test").gap.value == pytest.approx(0.2)
    assert scores.gap("test").retention.value == pytest.approx(0.8)
    assert scores.gap("shift/far") is None
    assert scores.num_unscored == 1
    assert scores.splits["test"].normalized_return is None
    assert scores.splits["test"].diversity.num_modes_found == 1


def test_success_at_the_end_is_a_rate_of_its_own_where_episodes_go_on():
    ended = [r.model_copy(update={"final_success": r.context < 5}) for r in outcomes(10, 10)]
    test = score_task(toy_task(stops_on_success=False), ended).splits["test"]
    assert (test.success.value, test.final_success.value) == (1.0, 0.5)
    assert score_task(toy_task(), outcomes(5, 5)).splits["test"].final_success is None


def test_score_task_counts_training_seeds_and_policy_faults():
    faulty = [*outcomes(3, 4), record(7, False, status="timeout")]
    test = score_task(toy_task(), faulty, outcomes(5, 5)).splits["test"]
    assert (test.num_training_seeds, test.num_policy_faults, test.num_episodes) == (2, 1, 10)


def test_score_task_normalizes_by_the_measured_references(tmp_path, monkeypatch):
    data = tmp_path / "toydata" / "data"
    data.mkdir(parents=True)
    (tmp_path / "toydata" / "__init__.py").touch()
    values = {"success_rate": 0.5, "num_episodes": 9}
    references = {"random": {"mean_return": 1.0, **values}, "expert": {"mean_return": 3.0, **values}}
    (data / "measured.json").write_text(json.dumps({"references": references}))
    monkeypatch.syspath_prepend(tmp_path)
    scores = score_task(toy_task(data="toydata:data", modes=()), outcomes(1, 2, ret=2.0))
    assert scores.splits["test"].normalized_return.value == 0.5
    assert scores.splits["test"].diversity is None


@pytest.mark.parametrize("stranger", [record(0, task="toy/other-v1"), record(0, split="shift/near")])
def test_score_task_refuses_records_that_are_not_its_own(stranger):
    with pytest.raises(MismatchedRecordsError, match=stranger.id.split):
        score_task(toy_task(), [stranger])


def test_scores_are_the_same_bits_twice_whatever_the_order_of_records():
    rng = np.random.default_rng(3)
    records = [
        record(
            c,
            bool(rng.random() < 0.7),
            repeat=r,
            mode=int(rng.integers(2)),
            ret=float(rng.random()),
        )
        for c in range(20)
        for r in range(20)
    ]
    first = score_task(toy_task(), records)
    resampling_weights.cache_clear()
    assert score_task(toy_task(), list(records)) == first
    for _ in range(5):
        mixed = [records[i] for i in rng.permutation(len(records))]
        assert score_task(toy_task(), mixed) == first


def test_entropy_curve_of_alternating_modes_is_one_at_every_even_number_of_rollouts():
    records = [record(c, repeat=r, mode=(c + r) % 2) for c in range(3) for r in range(6)]
    points = entropy_curve(records, num_modes=2)
    assert [point.num_rollouts for point in points] == [1, 2, 3, 4, 5, 6]
    assert [point.entropy for point in points[1::2]] == [1.0, 1.0, 1.0]
    assert points[0].entropy == points[0].ceiling == 0.0


def test_entropy_curve_counts_successes_on_contexts_that_have_one():
    records = [record(0, repeat=r, mode=0) for r in range(8)] + [record(1, False, repeat=r) for r in range(8)]
    (*_, last) = entropy_curve(records, num_modes=2)
    assert (last.entropy, last.ceiling) == (0.0, entropy_ceiling(8, 2))


def test_entropy_curve_of_failures_is_undefined():
    with pytest.raises(EmptyScoreError, match="no episode succeeded"):
        entropy_curve([record(0, False)], num_modes=2)
