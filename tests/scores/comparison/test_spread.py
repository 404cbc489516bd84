"""Variance over contexts and training seeds: closed forms, scipy, and the truth by simulation."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t, ttest_1samp, ttest_ind

from ilbench.scores.comparison.spread import Line, find_spread, line_weights, side_variance

NUMBERS = st.integers(0, 9).map(float)


def line(first, second, task="", units=None):
    first, second = (np.asarray(side, dtype=np.float64) for side in (first, second))
    count = first.shape[-1]
    numbers = np.arange(count) if units is None else np.asarray(units)
    return Line(first=first, second=second, sizes=np.ones(count), units=numbers, task=task)


@given(arrays(np.float64, (2, 5, 1), elements=NUMBERS))
def test_with_one_unit_it_is_welchs_test(rates):
    assume(rates.var(axis=1).sum() > 0)
    expected = ttest_ind(rates[0, :, 0], rates[1, :, 0], equal_var=False).pvalue
    assert find_spread([line(*rates)]).p_value() == pytest.approx(expected, abs=1e-12)


@given(arrays(np.float64, (2, 1, 7), elements=NUMBERS))
def test_with_one_training_seed_it_is_students_paired_test(outcomes):
    differences = outcomes[0, 0] - outcomes[1, 0]
    assume(differences.var() > 1e-9)
    expected = ttest_1samp(differences, 0).pvalue
    assert find_spread([line(*outcomes)]).p_value() == pytest.approx(expected, abs=1e-12)


@given(arrays(np.float64, (2, 3, 6), elements=NUMBERS))
def test_neither_seeds_nor_contexts_are_forgotten(outcomes):
    found = find_spread([line(*outcomes)])
    seeds = sum(side.mean(axis=1).var(ddof=1) / 3 for side in outcomes)
    contexts = (outcomes[0].mean(axis=0) - outcomes[1].mean(axis=0)).var(ddof=1) / 6
    assert found.variance >= max(seeds, contexts) - 1e-9
    assert found.variance <= seeds + contexts + 1e-9


def test_the_variance_is_that_of_new_seeds_on_new_contexts():
    rng = np.random.default_rng(0)
    seeds, contexts = rng.normal(0, 0.2, (2, 4000, 4, 1)), rng.normal(0, 1.0, (2, 4000, 1, 30))
    found = find_spread([line(*(seeds + contexts + rng.normal(0, 1.0, (2, 4000, 4, 30))))])
    expected = 2 * (0.04 / 4 + 1 / 30 + 1 / 120)
    assert found.difference.var() == pytest.approx(expected, rel=0.05)
    assert found.variance.mean() == pytest.approx(expected, rel=0.05)


def test_lines_of_one_task_have_their_contexts_in_common():
    first, second = [[1.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0, 0.0]]
    once = find_spread([line(first, second, "a")])
    twice = find_spread([line(first, second, "a"), line(first, second, "a")])
    apart = find_spread([line(first, second, "a"), line(first, second, "b")])
    assert twice.variance == pytest.approx(once.variance)
    assert apart.variance == pytest.approx(once.variance / 2)


def test_a_training_seed_is_one_draw_on_all_tasks():
    first, second = [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]], [[0.0, 0.0]] * 3
    lines = [line(first, second, task) for task in "abc"]
    assert find_spread(lines).variance == pytest.approx(find_spread(lines[:1]).variance)


def test_every_task_weighs_the_same_and_every_line_of_one():
    one, other = [[1.0]], [[0.0]]
    assert line_weights([line(one, other, task) for task in "aab"]) == [0.25, 0.25, 0.5]


def test_contexts_that_a_line_lacks_are_of_no_weight():
    both = line([[1.0, 0.0, 1.0]], [[0.0, 0.0, 0.0]], "a", [0, 1, 5])
    other = line([[1.0, 1.0]], [[0.0, 1.0]], "a", [1, 2])
    assert find_spread([both, other]).difference == pytest.approx((2 / 3 + 1 / 2) / 2)


@pytest.mark.parametrize("probability", [0.8, 0.975, 0.995])
def test_the_quantile_inverts_the_tail(probability):
    rng = np.random.default_rng(1)
    found = find_spread([line(*rng.random((2, 3, 8)))])
    assert found.tail(np.asarray(found.quantile(probability))) == pytest.approx(1 - probability)
    freedom = sorted([float(found.of_contexts), float(found.of_seeds)])
    assert t.ppf(probability, freedom[1]) <= found.quantile(probability) <= t.ppf(probability, freedom[0])


def test_the_variance_of_one_side_is_that_of_its_mean():
    outcomes = np.random.default_rng(2).random((2, 1, 9))
    expected = outcomes[:, 0].var(axis=1, ddof=1) / 9
    found = [side_variance(line(*outcomes), side) for side in (0, 1)]
    assert found == pytest.approx(list(expected))


def test_where_nothing_varied_the_means_alone_decide():
    alike, apart = (find_spread([line([[1.0] * 4] * 2, [[x] * 4] * 2)]) for x in (1.0, 0.0))
    assert (alike.p_value(), apart.p_value()) == (1.0, 0.0)
