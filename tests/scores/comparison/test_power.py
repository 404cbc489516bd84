"""Power: against tabulated numbers, statsmodels and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import tt_ind_solve_power, zt_ind_solve_power
from statsmodels.stats.proportion import proportion_effectsize
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import ILBenchError
from ilbench.scores import sign_flip_test
from ilbench.scores.comparison.power import (
    ImpossiblePlanError,
    correlation_range,
    episodes_per_seed,
    make_effect,
    paired_episodes,
    training_seeds,
    unpaired_episodes,
)

UNPAIRED = [(0.5, 0.6, 388), (0.5, 0.7, 93), (0.8, 0.9, 195), (0.9, 0.95, 424), (0.5, 0.55, 1565)]
PAIRED = [
    (0.5, 0.6, (391, 275, 160)),
    (0.8, 0.9, (202, 146, 89)),
]


@pytest.mark.parametrize(("low", "high", "episodes"), UNPAIRED)
def test_unpaired_episodes_are_as_tabulated(low, high, episodes):
    assert unpaired_episodes(make_effect(high - low, rate=low)) == episodes


@pytest.mark.parametrize(("low", "high", "numbers"), PAIRED)
def test_paired_episodes_are_as_tabulated(low, high, numbers):
    effects = [make_effect(high - low, rate=low, correlation=c) for c in (0, 0.3, 0.6)]
    assert tuple(map(paired_episodes, effects)) == numbers


@given(rate=st.floats(0.05, 0.8), difference=st.floats(0.03, 0.15))
def test_unpaired_episodes_are_statsmodels(rate, difference):
    found = unpaired_episodes(make_effect(difference, rate=rate))
    effect_size = proportion_effectsize(rate + difference, rate)
    expected = zt_ind_solve_power(effect_size, alpha=0.05, power=0.8)
    assert found == pytest.approx(expected, abs=1.5)  # rounded up here, solved to a tolerance there


@given(rate=st.floats(0.05, 0.8), difference=st.floats(0.03, 0.15))
def test_more_is_needed_for_more_power_and_for_a_smaller_difference(rate, difference):
    effect = make_effect(difference, rate=rate)
    for count in (unpaired_episodes, paired_episodes):
        assert count(make_effect(difference, rate=rate, power=0.95)) > count(effect)
        assert count(make_effect(difference / 2, rate=rate)) > count(effect)


def test_the_planned_number_has_the_planned_power():
    effect = make_effect(0.15, rate=0.5, correlation=0.4)
    wins = (effect.discordance + 0.15) / 2
    shares = [wins, effect.discordance - wins, 1 - effect.discordance]
    rng = np.random.default_rng(0)
    drawn = rng.choice([1, -1, 0], p=shares, size=(1000, paired_episodes(effect)))
    found = np.mean([sign_flip_test(row) <= 0.05 for row in drawn])
    assert found == pytest.approx(0.8, abs=0.05)


def test_training_seeds_are_statsmodels_for_equal_groups():
    effect = make_effect(0.1, rate=0.45)
    deviation = np.sqrt(0.05**2 + 0.45 * 0.55 / 100)
    expected = tt_ind_solve_power(0.1 / deviation, alpha=0.05, power=0.8)
    assert training_seeds(effect, 0.05, 100) == pytest.approx(expected, abs=1.5)


def test_episodes_per_seed_invert_training_seeds():
    effect = make_effect(0.1)
    seeds = training_seeds(effect, 0.05, 100)
    assert episodes_per_seed(effect, 0.05, seeds) <= 100 < episodes_per_seed(effect, 0.05, seeds - 1)


def test_no_number_of_episodes_makes_up_for_too_few_training_seeds():
    with pytest.raises(ImpossiblePlanError, match="train at least 32"):
        episodes_per_seed(make_effect(0.05), 0.07, 3)


@given(p=st.floats(0.01, 0.99), q=st.floats(0.01, 0.99))
def test_the_correlation_range_is_where_all_four_shares_are_shares(p, q):
    for correlation in correlation_range(p, q):
        both = p * q + correlation * np.sqrt(p * (1 - p) * q * (1 - q))
        shares = np.array([both, p - both, q - both, 1 - p - q + both])
        assert shares.min() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"difference": 0.6}, "must be above 0 and the sum at most 1"),
        ({"difference": 0.0}, "above 0"),
        ({"difference": 0.1, "power": 0.01}, "the power must lie between"),
        ({"difference": 0.4, "rate": 0.5, "correlation": 0.9}, "have a correlation between"),
    ],
)
def test_impossible_plans_are_refused(arguments, message):
    with pytest.raises(ImpossiblePlanError, match=message):
        make_effect(**arguments)


def test_the_command_shows_episodes_and_seeds():
    found = CliRunner().invoke(app, ["power", "--difference", "0.1", "--seed-deviation", "0.05"])
    assert found.exit_code == 0
    assert "391  common episodes" in found.output
    assert "388  different episodes" in found.output
    assert "training seeds with 100 episodes each" in found.output


def test_more_comparisons_need_more_episodes():
    found = CliRunner().invoke(app, ["power", "--difference", "0.1", "--comparisons", "10"])
    assert f"{paired_episodes(make_effect(0.1, significance=0.005))}  common" in found.output


def test_the_command_says_what_seeds_depend_on():
    found = CliRunner().invoke(app, ["power", "--difference", "0.1", "--seeds", "5"])
    assert isinstance(found.exception, ILBenchError)
    assert "--seed-deviation" in str(found.exception)
