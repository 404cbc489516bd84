import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import NOISE, graded_task, played, record

from ilbench.errors import EmptyScoreError
from ilbench.scores import EpisodeTable, paired_difference, score_task, severity_area, wilson
from ilbench.scores.generalization.shifts import make_pairs
from ilbench.scores.statistics.estimate import Estimate, difference


def on(split, successes):
    return played(successes, split=split)


def table(both, only_first, only_second, neither, splits=("test", "shift/noise-1")):
    """Records of two splits with these counts of paired outcomes."""
    pairs = [(1, 1)] * both + [(1, 0)] * only_first + [(0, 1)] * only_second + [(0, 0)] * neither
    return tuple(on(split, side) for split, side in zip(splits, zip(*pairs, strict=True), strict=True))


def pair(first, second):
    return make_pairs(EpisodeTable.of_runs(first), EpisodeTable.of_runs(second))


@pytest.mark.parametrize(  # Newcombe 1998; Fagerland et al. 2017, chapter 8
    ("counts", "value", "low", "high"),
    [((36, 12, 2, 0), 0.2, 0.0569, 0.3404), ((1, 1, 7, 12), -0.2857, -0.5069, -0.0256)],
)
def test_paired_difference_has_newcombes_published_interval(counts, value, low, high):
    drop = paired_difference(pair([records(0, counts)], [records(1, counts)]))
    assert (drop.value, drop.low, drop.high) == pytest.approx((value, low, high), abs=5e-5)
    assert drop.n == sum(counts)


def records(side, counts):
    return table(*counts)[side]


def test_pairs_that_agree_tell_more_than_as_many_independent_episodes():
    pairs = pair([records(0, (30, 3, 3, 24))], [records(1, (30, 3, 3, 24))])
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
    return pair([first], [second])


def test_only_common_episodes_are_compared():
    first, second = on("test", [1, 1, 0, 0, 0, 0]), on("shift/noise-1", [1, 0])
    drop = paired_difference(pair([first], [second]))
    assert (drop.value, drop.n) == (0.5, 2)
    with pytest.raises(EmptyScoreError, match="in common"):
        pair([first], [[record(99, True, split="shift/noise-1")]])


def test_training_seeds_that_disagree_widen_the_paired_interval():
    test, alike = on("test", [1] * 40), on("shift/noise-1", [1, 0] * 20)
    agree = paired_difference(pair([test, test], [alike, alike]))
    runs = [on("shift/noise-1", [1] * 40), on("shift/noise-1", [0] * 40)]
    disagree = paired_difference(pair([test, test], runs))
    assert agree.value == disagree.value == 0.5
    assert (disagree.low, disagree.high) == (0, 1)
    assert agree.high - agree.low < 0.5


def estimate(value, half):
    return Estimate(value=value, low=value - half, high=value + half, n=1, method="")


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
    return score_task(graded_task(), [r for key, side in successes.items() for r in on(names[key], side)])


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
