"""Aggregates against closed forms and rliable."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from rliable import library, metrics
from scipy.stats import mannwhitneyu, t, trim_mean

from ilbench.errors import EmptyScoreError
from ilbench.scores import wilson
from ilbench.scores.statistics import aggregates
from ilbench.scores.statistics.aggregates import (
    MalformedScoresError,
    aggregate,
    improvement,
    interquartile_mean,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
    stratified_bootstrap,
)

MATRIX = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.floats(-1, 2, width=32)
)
STATISTICS = {
    aggregates.mean: metrics.aggregate_mean,
    aggregates.median: metrics.aggregate_median,
    aggregates.interquartile_mean: metrics.aggregate_iqm,
    aggregates.optimality_gap: metrics.aggregate_optimality_gap,
}


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: s.__name__)
@given(scores=MATRIX)
def test_a_statistic_is_rliables(statistic, scores):
    assert float(statistic(scores)) == pytest.approx(float(STATISTICS[statistic](scores.T)), abs=1e-12)


@given(scores=MATRIX, others=st.integers(1, 5), seed=st.integers(0, 99))
def test_the_probability_of_improvement_is_rliables_and_scipys(scores, others, seed):
    rng = np.random.default_rng(seed)
    second = np.where(rng.random((len(scores), others)) < 0.3, scores[:, :1], rng.random((1, others)))
    found = float(improvement(scores, second))
    assert found == pytest.approx(metrics.probability_of_improvement(scores.T, second.T), abs=1e-12)
    counts = [mannwhitneyu(a, b).statistic for a, b in zip(scores, second, strict=True)]
    assert found == pytest.approx(np.mean(counts) / scores.shape[1] / others, abs=1e-12)


@given(scores=MATRIX)
@settings(max_examples=20)
def test_the_profile_is_rliables(scores):
    taus = np.linspace(-1, 2, 13)
    expected = library.score_distributions(scores.T, taus)
    assert performance_profile(scores, taus).values == pytest.approx(expected, abs=1e-12)


@given(scores=MATRIX)
def test_the_interquartile_mean_is_the_trimmed_mean_and_lies_among_the_scores(scores):
    found = float(interquartile_mean(scores))
    assert found == pytest.approx(trim_mean(scores, 0.25, axis=None), abs=1e-12)
    assert scores.min() - 1e-12 <= found <= scores.max() + 1e-12


@given(scores=MATRIX)
def test_an_aggregate_of_all_scores_does_not_depend_on_their_order(scores):
    mirrored = scores[::-1, ::-1]
    for statistic in STATISTICS:
        assert float(statistic(scores)) == pytest.approx(float(statistic(mirrored)), abs=1e-12)


def test_closed_forms():
    scores = np.array([[0.0, 0.2], [0.4, 0.6], [0.8, 1.4], [1.0, 1.0]])
    found = aggregate(scores)
    assert found.mean.value == pytest.approx(5.4 / 8)
    assert found.median.value == pytest.approx((0.5 + 1.0) / 2)
    assert found.interquartile_mean.value == pytest.approx((0.4 + 0.6 + 0.8 + 1.0) / 4)
    assert found.optimality_gap.value == pytest.approx(1 - 5.0 / 8)
    assert found.mean.n == 8


def test_nothing_is_gained_by_exceeding_the_target():
    assert optimality_gap(np.array([[0.5, 3.0]])) == optimality_gap(np.array([[0.5, 1.0]])) == 0.25


def test_a_certain_improvement_has_probability_one_and_a_tie_one_half():
    low, high = np.zeros((3, 4)), np.ones((3, 2))
    assert probability_of_improvement(high, low).value == 1
    assert probability_of_improvement(low, high).value == 0
    assert 0 < probability_of_improvement(low, high).high < 1
    assert probability_of_improvement(low, low).value == 0.5


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: s.__name__)
def test_the_interval_is_rliables_within_monte_carlo_error(statistic):
    scores = np.random.default_rng(0).beta(2, 2, size=(10, 8))
    found = stratified_bootstrap(scores, statistic)
    np.random.seed(0)  # noqa: NPY002 - rliable draws from the global generator whatever it is given
    theirs = library.get_interval_estimates(
        {"a": scores.T}, lambda x: np.array([STATISTICS[statistic](x)]), reps=2000
    )[1]["a"].ravel()
    width = theirs[1] - theirs[0]
    stretched = (found.high - found.low) / width
    assert stretched == pytest.approx(np.sqrt(8 / 7) * t.ppf(0.975, 70) / 1.96, rel=0.12)


def test_the_interval_of_the_mean_is_the_normal_one_over_many_tasks():
    scores = np.random.default_rng(1).random((200, 5))
    found = stratified_bootstrap(scores, aggregates.mean)
    error = np.sqrt((scores.var(axis=1, ddof=1) / 5).sum()) / 200
    assert (found.low, found.high) == pytest.approx(
        (found.value - 1.96 * error, found.value + 1.96 * error), abs=0.15 * error
    )


def test_the_same_seed_gives_the_same_interval_and_the_global_generator_is_not_touched():
    scores = np.random.default_rng(2).random((4, 5))
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - to see that it stays
    assert aggregate(scores, seed=3) == aggregate(scores, seed=3) != aggregate(scores, seed=4)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_one_training_seed_has_a_width_only_by_its_means():
    scores = np.full((3, 1), 0.5)
    bare = stratified_bootstrap(scores, aggregates.mean)
    of_episodes = stratified_bootstrap(scores, aggregates.mean, means=[wilson(50, 100)] * 3)
    assert bare.low == bare.high == 0.5
    assert of_episodes.n == 300
    assert of_episodes.high - of_episodes.low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(300), rel=0.1)


def test_rates_of_one_have_a_gap_that_may_be_more_than_zero():
    found = aggregate(np.ones((2, 3)), means=[wilson(60, 60)] * 2)
    assert found.optimality_gap.value == 0
    assert found.optimality_gap.high > 0.01


def test_a_profile_falls_from_one_to_zero_within_its_band():
    scores = np.random.default_rng(5).random((6, 5))
    profile = performance_profile(scores, np.linspace(-0.1, 1.1, 25))
    assert (profile.values[0], profile.values[-1]) == (1, 0)
    assert (np.diff(profile.values) <= 0).all()
    assert (profile.low <= profile.values).all()
    assert (profile.values <= profile.high).all()


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        ([[]], EmptyScoreError, "at least one task"),
        ([[1.0], [1.0, 2.0]], MalformedScoresError, "run the missing ones"),
        ([1.0, 2.0], MalformedScoresError, "two axes"),
        ([[1.0, float("nan")]], MalformedScoresError, "1 of 2 scores are missing"),
    ],
)
def test_scores_that_are_no_matrix_are_refused(scores, error, message):
    with pytest.raises(error, match=message):
        aggregate(scores)


def test_different_tasks_are_refused():
    with pytest.raises(MalformedScoresError, match="of 2 and 3 tasks"):
        probability_of_improvement(np.zeros((2, 2)), np.zeros((3, 2)))


def test_two_thousand_resamples_of_fifty_tasks_and_five_seeds_take_under_two_seconds():
    scores = np.random.default_rng(0).random((50, 5))
    start = time.process_time()
    aggregate(scores, means=[wilson(50, 100)] * 50)
    assert time.process_time() - start < 2
