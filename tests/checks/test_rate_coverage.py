"""Coverage of rates: closed forms, what is printed, and the interval that was printed before."""

import numpy as np
import pytest
from scipy.stats import binom

from ilbench.checks.rate_coverage import FEWEST, over_episodes, printed, rate_coverage
from ilbench.checks.simulated_policies import Layout, draw_cells, to_cells
from ilbench.scores import success_rate, wilson
from ilbench.testing.records import make_record


def simulate(trials=1500, **fields):
    (found,) = rate_coverage([Layout(**fields)], trials, np.random.default_rng(0))
    return {one.method: one for one in found}


def test_simulated_coverage_is_the_sum_of_the_outcomes_whose_interval_holds_the_rate():
    held = [k for k in range(21) if wilson(k, 20).low <= 0.2 <= wilson(k, 20).high]
    found = simulate(contexts=20, repeats=1, rate=0.2, correlation=0.3)
    assert found["before"].coverage == pytest.approx(binom.pmf(held, 20, 0.2).sum(), abs=0.02)


def test_repeats_alike_are_covered_now_and_were_not_before():
    found = simulate(contexts=60, repeats=18, rate=0.5, correlation=0.6)
    assert found["printed"].coverage >= FEWEST > 0.5 > found["before"].coverage


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.5, 0.95])
def test_independent_repeats_are_covered_too(rate):
    assert simulate(contexts=30, repeats=4, rate=rate)["printed"].coverage >= FEWEST


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_training_seeds_that_differ_are_covered(seeds):
    found = simulate(500, contexts=30, repeats=4, seeds=seeds, rate=0.2, correlation=0.3, deviation=0.15)
    assert found["printed"].coverage >= FEWEST > found["before"].coverage


def test_a_rate_of_one_is_always_covered():
    assert simulate(contexts=30, repeats=4, seeds=3, rate=1.0)["printed"].coverage == 1


def test_what_is_simulated_is_what_is_printed():
    cells = draw_cells(np.random.default_rng(1), Layout(contexts=8, repeats=5, rate=0.4, correlation=0.3), 1)
    records = [
        make_record(c, bool(r < k), repeat=r, action_digest=f"{c * 5 + r:032x}")
        for c, k in enumerate(cells.sums[0, 0])
        for r in range(5)
    ]
    rate = success_rate(records)
    assert [float(end[0]) for end in printed(cells)] == pytest.approx([rate.low, rate.high])


def test_episodes_taken_for_independent_have_wilsons_interval():
    low, high = over_episodes(to_cells(np.array([[[3.0, 4, 0]]]), 4))
    assert (low[0], high[0]) == pytest.approx((wilson(7, 12).low, wilson(7, 12).high))
