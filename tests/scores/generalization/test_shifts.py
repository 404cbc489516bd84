"""Gaps, shifts and severity curves against published intervals and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import Preset, Split, Task
from ilbench.errors import EmptyScoreError
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import paired_difference, score_task, severity_area, summarize_generalization, wilson
from ilbench.scores.generalization.shifts import make_pairs
from ilbench.scores.statistics.estimate import Estimate, difference, paired_correlation, ratio, weighted_sum

NOISE = {at: f"shift/noise-{at}" for at in (1, 2, 4)}


def record(split, context, success, repeat=0):
    return EpisodeRecord(
        task="toy/reach-v1",
        split=split,
        context=context,
        repeat=repeat,
        env_seed=1,
        policy_seed=2,
        initial_digest="0" * 32,
        status="ok",
        reason=None,
        success=bool(success),
        episode_return=0.0,
        length=3,
        terminated=bool(success),
        truncated=not success,
        mode=None,
        action_digest="1" * 32,
        times=Times(env_s=0.0, policy_s=0.0),
    )


def played(split, successes):
    return [record(split, context, success) for context, success in enumerate(successes)]


def table(both, only_first, only_second, neither, splits=("test", "shift/noise-1")):
    """Records of two splits with these counts of paired outcomes."""
    pairs = [(1, 1)] * both + [(1, 0)] * only_first + [(0, 1)] * only_second + [(0, 0)] * neither
    return tuple(played(split, side) for split, side in zip(splits, zip(*pairs, strict=True), strict=True))


def toy_task():
    graded = [
        Split(name=name, num_contexts=50, description="", severity=at, of="test")
        for at, name in NOISE.items()
    ]
    plain = [Split(name=n, num_contexts=50, description="") for n in ("train", "test", "shift/far")]
    return Task(
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
        splits=(*plain, *graded),
        presets={p: Preset(num_contexts=50) for p in ("smoke", "standard", "full")},
        source="",
        license="MIT",
    )


@pytest.mark.parametrize(  # Newcombe 1998; Fagerland et al. 2017, chapter 8
    ("counts", "value", "low", "high"),
    [((36, 12, 2, 0), 0.2, 0.0569, 0.3404), ((1, 1, 7, 12), -0.2857, -0.5069, -0.0256)],
)
def test_paired_difference_has_newcombes_published_interval(counts, value, low, high):
    drop = paired_difference(make_pairs([records(0, counts)], [records(1, counts)]))
    assert (drop.value, drop.low, drop.high) == pytest.approx((value, low, high), abs=5e-5)
    assert drop.n == sum(counts)


def records(side, counts):
    return table(*counts)[side]


def test_paired_correlation_by_hand():
    assert paired_correlation(10, 0, 0, 10) == pytest.approx((100 - 10) / 100)
    assert paired_correlation(0, 5, 5, 0) == -1
    assert paired_correlation(3, 1, 1, 1) == 0
    assert paired_correlation(9, 1, 0, 0) == 0


def test_pairs_that_agree_tell_more_than_as_many_independent_episodes():
    pairs = make_pairs([records(0, (30, 3, 3, 24))], [records(1, (30, 3, 3, 24))])
    paired = paired_difference(pairs)
    apart = difference(wilson(33, 60), wilson(33, 60))
    assert paired.high - paired.low < 0.7 * (apart.high - apart.low)


def test_paired_interval_covers_the_truth():
    rng = np.random.default_rng(0)
    shares = np.array([0.55, 0.25, 0.05, 0.15])
    drops = [paired_difference(pairs_of(rng.multinomial(50, shares).tolist())) for _ in range(300)]
    assert 0.92 <= np.mean([drop.low <= 0.2 <= drop.high for drop in drops]) <= 0.99


def pairs_of(counts):
    first, second = table(*counts)
    return make_pairs([first], [second])


def test_only_common_episodes_are_compared():
    first, second = played("test", [1, 1, 0, 0, 0, 0]), played("shift/noise-1", [1, 0])
    drop = paired_difference(make_pairs([first], [second]))
    assert (drop.value, drop.n) == (0.5, 2)
    with pytest.raises(EmptyScoreError, match="in common"):
        make_pairs([first], [[record("shift/noise-1", 99, True)]])


def test_training_seeds_that_disagree_widen_the_paired_interval():
    test, alike = played("test", [1] * 40), played("shift/noise-1", [1, 0] * 20)
    agree = paired_difference(make_pairs([test, test], [alike, alike]))
    runs = [played("shift/noise-1", [1] * 40), played("shift/noise-1", [0] * 40)]
    disagree = paired_difference(make_pairs([test, test], runs))
    assert agree.value == disagree.value == 0.5
    assert (disagree.low, disagree.high) == (0, 1)
    assert agree.high - agree.low < 0.5


def test_a_ratio_with_correlation_ends_where_the_correlated_difference_touches_zero():
    first, second = wilson(30, 50), wilson(45, 50)
    share = ratio(first, second, 0.6)
    for r in (share.low, share.high):
        scaled = replace(second, value=r * second.value, low=r * second.low, high=r * second.high)
        gap = difference(first, scaled, 0.6)
        assert min(abs(gap.low), abs(gap.high)) == pytest.approx(0, abs=1e-12)
    apart = ratio(first, second)
    assert apart.low < share.low < share.value < share.high < apart.high


def estimate(value, half):
    return Estimate(value=value, low=value - half, high=value + half, n=1, method="")


def test_fully_correlated_estimates_add_their_intervals_without_gain():
    both = [estimate(0.4, 0.1), estimate(0.6, 0.3)]
    together = weighted_sum(both, [0.5, 0.5], "", lambda i, j: 1.0)
    assert (together.value, together.low, together.high) == pytest.approx((0.5, 0.3, 0.7))


def test_area_is_that_of_the_trapezoids():
    rates = {0: estimate(1.0, 0), 1: estimate(0.8, 0), 3: estimate(0.4, 0), 5: estimate(0.0, 0)}
    assert severity_area(rates).value == pytest.approx((0.9 + 2 * 0.6 + 2 * 0.2) / 5)
    with pytest.raises(EmptyScoreError, match="2 are needed"):
        severity_area({0: estimate(1.0, 0)})


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6))
def test_area_lies_between_the_least_and_the_greatest_rate(successes):
    area = severity_area({at: wilson(k, 30) for at, k in enumerate(successes)})
    assert 0 <= area.low <= area.value <= area.high <= 1
    assert min(successes) / 30 - 1e-12 <= area.value <= max(successes) / 30 + 1e-12


def test_correlated_rates_make_a_wider_area():
    rates = {0: wilson(40, 50), 1: wilson(30, 50)}
    apart, together = severity_area(rates), severity_area(rates, {(0, 1): 1.0})
    assert together.low < apart.low < apart.high < together.high


def scores_of(**successes):
    names = {
        "train": "train",
        "test": "test",
        "far": "shift/far",
        **{f"noise{k}": n for k, n in NOISE.items()},
    }
    return score_task(toy_task(), [r for key, side in successes.items() for r in played(names[key], side)])


def test_shifts_pair_where_they_take_the_contexts_of_test():
    scores = scores_of(test=[1, 1, 1, 0], far=[1, 0, 0, 0], noise1=[1, 1, 0, 0])
    assert [(s.split, s.is_paired, s.drop.value) for s in scores.shifts] == [
        ("shift/far", False, 0.5),
        ("shift/noise-1", True, 0.25),
    ]
    assert scores.shift("shift/far").drop.method == "Newcombe"
    assert scores.shift("shift/noise-1").retention.value == pytest.approx(2 / 3)
    assert scores.shift("shift/noise-2") is None


def test_without_test_there_is_nothing_to_lose_under_shift():
    scores = scores_of(train=[1], noise1=[1])
    assert scores.shifts == ()
    assert scores.severity[0].area is None


def test_severity_curve_needs_both_ends():
    whole = scores_of(test=[1, 1], noise1=[1, 1], noise4=[0, 0]).severity
    (curve,) = whole
    assert (curve.family, list(curve.success)) == ("noise", [0, 1, 4])
    assert curve.splits == ("shift/noise-1", "shift/noise-4")
    assert curve.area.value == pytest.approx((1 + 3 * 0.5) / 4)
    assert scores_of(test=[1, 1], noise2=[1, 1]).severity[0].area is None
    assert scores_of(test=[1, 1]).severity == ()


def test_summary_counts_each_task_the_same_and_says_how_many():
    first = scores_of(train=[1, 1, 1, 1], test=[1, 1, 1, 0], noise1=[1, 1, 0, 0], noise4=[0, 0, 0, 0])
    second = scores_of(train=[1, 1], test=[1, 0])
    summary = summarize_generalization([first, second])
    assert summary.num_tasks == 2
    assert summary.gap.value == pytest.approx((0.25 + 0.5) / 2)
    assert summary.retention.value == pytest.approx(0.625)
    assert (summary.num_shifted_tasks, summary.num_graded_tasks) == (1, 1)
    assert summary.shift_drop.value == pytest.approx((0.25 + 0.75) / 2)
    assert summary.severity_area.value == pytest.approx((0.625 + 3 * 0.25) / 4)


def test_summary_of_nothing_holds_no_number():
    summary = summarize_generalization([])
    assert summary.gap is summary.retention is summary.shift_drop is summary.severity_area is None


def test_a_task_that_nothing_was_learned_on_lowers_no_retention():
    failed = scores_of(train=[0, 0], test=[0, 0])
    solved = scores_of(train=[1] * 30, test=[1] * 30)
    assert failed.gap("test").retention is None
    assert summarize_generalization([failed, solved]).retention.value == 1
    assert summarize_generalization([failed]).retention is None


@pytest.mark.parametrize("is_shared", [True, False])
def test_area_interval_covers_the_truth_whether_contexts_are_hard_at_every_severity_or_not(is_shared):
    rng = np.random.default_rng(1)
    rates = {"test": 0.9, "noise1": 0.8, "noise2": 0.6, "noise4": 0.3}
    truth = (0.5 * 0.9 + 0.8 + 1.5 * 0.6 + 0.3) / 4
    hits = 0
    for _ in range(120):
        luck = rng.random(50)
        shown = {k: (luck if is_shared else rng.random(50)) < rate for k, rate in rates.items()}
        area = scores_of(**shown).severity[0].area
        hits += area.low <= truth <= area.high
    assert hits >= 108
