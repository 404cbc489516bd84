"""Calibration: frequencies that are known, and simulations that repeat."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from ilbench.checks.calibration import rate_coverage, simulated_coverage
from ilbench.scores import wilson


def coverage(method, n, rate):
    (row,) = [r for r in rate_coverage([n], [rate]) if r.method == method]
    return row.found


@pytest.mark.parametrize(("n", "rate"), [(20, 0.05), (50, 0.5), (200, 0.95)])
def test_exact_coverage_adds_up_the_outcomes_whose_interval_holds_the_rate(n, rate):
    held = [k for k in range(n + 1) if wilson(k, n).low <= rate <= wilson(k, n).high]
    assert coverage("wilson", n, rate) == pytest.approx(binom.pmf(held, n, rate).sum(), abs=1e-12)


def test_clopper_and_pearson_never_cover_with_less_than_they_say():
    rates = np.linspace(0.01, 0.99, 99)
    found = [r.found for r in rate_coverage([7, 20], rates) if r.method == "clopper-pearson"]
    assert min(found) >= 0.95


def test_the_average_and_least_coverage_at_twenty_episodes_are_as_measured_elsewhere():
    rates = np.arange(0.02, 0.981, 0.01)
    for method, average, least in (
        ("wilson", 0.953, 0.925),
        ("clopper-pearson", 0.976, 0.959),
        ("jeffreys", 0.949, 0.896),
    ):
        found = [r.found for r in rate_coverage([20], rates) if r.method == method]
        assert np.mean(found) == pytest.approx(average, abs=0.006)
        assert min(found) == pytest.approx(least, abs=0.03)


def test_the_same_generator_gives_the_same_coverage():
    first, second = (
        list(simulated_coverage(15, np.random.default_rng(1), sizes=[30], rates=[0.5])) for _ in range(2)
    )
    assert first == second
    assert all(row.found >= 0.6 for row in first)
