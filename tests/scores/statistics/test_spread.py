"""Spread against analysis of variance by hand and by statsmodels."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from ilbench.scores.statistics.spread import (
    KURTOSIS,
    Cells,
    find_parts,
    find_spread,
    link,
    satterthwaite,
    variance_freedom,
)


def cells(sums, repeats):
    sums = np.asarray(sums, dtype=np.float64)
    return Cells(
        sums=sums,
        counts=np.full(sums.shape, float(repeats)),
        is_high=(sums > 0).any(axis=-2),
        is_low=(sums < repeats).any(axis=-2),
        most=np.full(sums.shape[:-2], float(sums.shape[-1] * sums.shape[-2] * repeats)),
        variety=np.ones(sums.shape[:-2]),
    )


@pytest.mark.parametrize("shape", [(2, 5), (3, 7), (6, 4)])
def test_the_parts_are_those_of_a_two_way_analysis_of_variance(shape):
    grid = np.random.default_rng(0).random(shape)
    residuals = cells(grid, 1).residuals()
    places = np.indices(shape).reshape(2, -1)
    frame = pd.DataFrame({"y": grid.ravel(), "seed": places[0], "context": places[1]})
    squares = anova_lm(ols("y ~ C(seed) + C(context)", frame).fit())["mean_sq"] / grid.size
    found = find_parts(residuals, residuals)
    expected = squares["C(seed)"], squares["C(context)"] - squares["Residual"]
    assert [float(part) for part in found] == pytest.approx(expected)


def test_contexts_of_one_training_seed_vary_as_their_means_do():
    successes = np.array([[4.0, 0, 1, 3, 2, 4]])
    residuals = cells(successes, 4).residuals()
    seeds, contexts = find_parts(residuals, residuals)
    assert (seeds, contexts) == pytest.approx((0.0, (successes / 4).var(ddof=1) / 6))


def test_one_outcome_on_each_context_is_a_draw_of_its_own():
    spread = find_spread(cells([[1, 0, 1, 1, 0, 0, 0, 1]], 1))
    assert (spread.size, spread.freedom) == (8, np.inf)


@pytest.mark.parametrize("successes", [0, 9])
def test_where_all_end_alike_contexts_count_and_not_their_repeats(successes):
    assert find_spread(cells(np.full((1, 30), successes), 9)).size == pytest.approx(30)


def test_repeats_that_only_repeat_count_as_their_contexts():
    often = find_spread(cells([[18.0 * (c % 2) for c in range(60)]], 18))
    assert often.size == pytest.approx(59, abs=0.1)


def test_repeats_that_are_independent_count_nearly_all():
    successes = np.random.default_rng(1).binomial(18, 0.5, (500, 1, 60))
    assert 700 < np.median(find_spread(cells(successes, 18)).size) < 1080


def test_contexts_are_common_to_training_seeds():
    row = [4.0 * (c % 2) for c in range(40)]
    alone, together = find_spread(cells([row], 4)), find_spread(cells([row] * 5, 4))
    assert together.contexts == pytest.approx(alone.contexts)


def test_training_seeds_that_disagree_count_for_themselves():
    spread = find_spread(cells([[4.0] * 50, [0.0] * 50], 4))
    assert spread.size < 3
    assert spread.freedom < 2


def test_a_stack_of_grids_gives_what_each_gives():
    successes = np.random.default_rng(2).integers(0, 5, (7, 3, 10))
    stacked = find_spread(cells(successes, 4)).size
    assert stacked == pytest.approx([float(find_spread(cells(one, 4)).size) for one in successes])


def test_what_two_splits_have_in_common_cancels():
    grid = np.random.default_rng(3).integers(0, 5, (3, 20))
    correlation, _ = link(cells(grid, 4), cells(grid, 4), is_same_contexts=True)
    apart, freedom = link(cells(grid[:1], 4), cells(grid[:1, ::-1], 4), is_same_contexts=False)
    assert 0.6 < correlation <= 1
    assert (apart, freedom > 19) == (0, True)


def test_satterthwaite_is_his_formula_and_welchs_for_two():
    variances, freedoms = np.array([2.0, 1.0]), np.array([4.0, 9.0])
    assert satterthwaite(variances, freedoms) == pytest.approx(9 / (4 / 4 + 1 / 9))
    assert satterthwaite(np.array([0.0, 1.0]), freedoms) == pytest.approx(9)


def test_kurtosis_takes_degrees_of_freedom():
    assert variance_freedom(1) == 0
    assert variance_freedom(10) == pytest.approx(2 / (2 / 9 + KURTOSIS / 10))
    assert variance_freedom(10) < 9
