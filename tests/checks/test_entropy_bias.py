"""The error of entropy estimators: closed forms where there are some."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from ilbench.checks.entropy_bias import (
    EntropyError,
    mode_distributions,
    simulate_entropy_errors,
    summarize_entropy_errors,
)
from ilbench.scores.diversity.entropy import ENTROPY_ESTIMATORS


def errors_of(distribution, num_episodes=2, num_modes=4, num_samples=4000):
    found = simulate_entropy_errors([num_episodes], [num_modes], num_samples, seed=0)
    return {error.estimator: error for error in found if error.distribution == distribution}


@pytest.mark.parametrize("num_modes", [2, 3, 24])
def test_distributions_are_shares(num_modes):
    for shares in mode_distributions(num_modes).values():
        assert shares.shape == (num_modes,)
        assert shares.sum() == pytest.approx(1)
        assert shares.min() >= 0


def test_half_of_two_modes_is_one_mode_and_not_named_twice():
    assert "half" in mode_distributions(4)
    assert "half" not in mode_distributions(2)


def test_a_single_mode_has_no_entropy_and_no_estimator_errs():
    for error in errors_of("collapsed").values():
        assert (error.truth, error.bias, error.rmse) == pytest.approx((0, 0, 0), abs=1e-12)


def test_the_plug_in_estimate_of_two_episodes_is_too_low_by_the_closed_form():
    error = errors_of("uniform")["plug-in"]
    expected = 3 / 4 * log(2) / log(4)  # two episodes show two modes with probability 3/4, else one
    assert error.truth == pytest.approx(1)
    assert error.bias == pytest.approx(expected - 1, abs=4 * error.standard_error)


def test_every_cell_has_every_estimator_and_the_seed_fixes_all():
    first, second = (list(simulate_entropy_errors([5, 9], [2, 3], 10, seed=1)) for _ in range(2))
    assert first == second
    assert len(first) == (4 + 5) * 2 * len(ENTROPY_ESTIMATORS)


def test_a_summary_averages_over_distributions_without_the_sign():
    rows = [
        EntropyError(
            estimator="e",
            num_modes=2,
            distribution=name,
            num_episodes=9,
            truth=0.5,
            bias=bias,
            rmse=abs(bias) + 0.1,
            standard_error=0.0,
        )
        for name, bias in (("uniform", -0.4), ("dominant", 0.2))
    ]
    (summary,) = summarize_entropy_errors(rows)
    assert (summary.mean_bias, summary.worst_bias) == pytest.approx((0.3, 0.4))
    assert summary.mean_rmse == pytest.approx(np.mean([0.5, 0.3]))


def test_the_plug_in_estimate_of_four_episodes_of_two_modes_is_too_low_by_the_closed_form():
    error = errors_of("uniform", num_episodes=4, num_modes=2, num_samples=20_000)["plug-in"]
    exact = (8 * 0.811278 + 6 * 1) / 16  # 1 3, 3 1: eight of sixteen; 2 2: six
    assert error.bias == pytest.approx(exact - 1, abs=4 * error.standard_error)


def test_chao_shen_has_the_least_worst_bias_where_modes_are_many_and_episodes_few():
    worst: dict[str, float] = {}
    for cell in summarize_entropy_errors(simulate_entropy_errors([8, 16], [24], 500, 0)):
        worst[cell.estimator] = max(worst.get(cell.estimator, 0), cell.worst_bias)
    assert worst["Chao-Shen"] < worst["Miller-Madow"] < worst["plug-in"]
