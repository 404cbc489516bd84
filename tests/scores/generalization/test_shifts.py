import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import NOISE, graded_task, played

from ilbench.errors import EmptyScoreError
from ilbench.scores import score_task, severity_area, wilson
from ilbench.scores.statistics.estimate import Estimate


def on(split, successes):
    return played(successes, split=split)


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
