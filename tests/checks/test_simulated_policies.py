"""Simulated policies have the rates, correlations and deviations that they are said to have."""

import numpy as np
import pytest

from ilbench.checks.simulated_policies import Layout, draw_cells, draw_rates, layouts

TRIALS = 4000


def rates(**fields):
    return draw_rates(np.random.default_rng(0), Layout(contexts=20, repeats=4, **fields), TRIALS)


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.8])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_the_mean_is_the_rate_whatever_varies(rate, correlation):
    drawn = rates(rate=rate, correlation=correlation, seeds=3, deviation=0.15)
    assert drawn.mean() == pytest.approx(rate, abs=0.01)


def test_contexts_have_the_variance_of_the_correlation():
    assert rates(rate=0.2, correlation=0.3).var() == pytest.approx(0.3 * 0.16, rel=0.05)


def test_training_seeds_deviate_as_told_and_no_more_than_they_can():
    spread = rates(rate=0.5, seeds=2, deviation=0.15).mean(axis=2).std()
    assert spread == pytest.approx(0.15, rel=0.05)
    assert rates(rate=0.02, seeds=2, deviation=0.3).max() <= 1


def test_all_training_seeds_play_the_same_contexts():
    drawn = rates(rate=0.5, correlation=1.0, seeds=2)
    assert (drawn[:, 0] == drawn[:, 1]).all()


def test_repeats_of_the_only_context_are_clusters_of_their_own():
    cells = draw_cells(np.random.default_rng(0), Layout(contexts=1, repeats=50), 3)
    assert cells.sums.shape == (3, 1, 50)
    assert cells.counts.max() == 1


def test_no_layout_is_drawn_twice():
    found = list(layouts())
    assert len(found) == len(set(found))
    assert {one.deviation for one in found if one.seeds == 1} == {0.0}
