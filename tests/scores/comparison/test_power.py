"""Power: against tabulated numbers, statsmodels and simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import paired, played
from statsmodels.stats.power import tt_ind_solve_power, zt_ind_solve_power
from statsmodels.stats.proportion import proportion_effectsize
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import ILBenchError
from ilbench.scores import compare, sign_flip_test
from ilbench.scores.comparison.power import (
    ImpossiblePlanError,
    Plan,
    correlation_range,
    detectable_difference,
    make_effect,
    needed_contexts,
    needed_seeds,
    unpaired_episodes,
)

ONCE = Plan(contexts=2)
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
    found = [needed_contexts(effect, ONCE) for effect in effects]
    assert found == pytest.approx(numbers, abs=3)  # Student's quantiles instead of the normal ones


@given(rate=st.floats(0.05, 0.8), difference=st.floats(0.03, 0.15))
def test_unpaired_episodes_are_statsmodels(rate, difference):
    found = unpaired_episodes(make_effect(difference, rate=rate))
    effect_size = proportion_effectsize(rate + difference, rate)
    expected = zt_ind_solve_power(effect_size, alpha=0.05, power=0.8)
    assert found == pytest.approx(expected, abs=1.5)  # rounded up here, solved to a tolerance there


@given(rate=st.floats(0.05, 0.8), difference=st.floats(0.03, 0.15))
def test_more_is_needed_for_more_power_and_for_a_smaller_difference(rate, difference):
    effect = make_effect(difference, rate=rate)
    for count in (unpaired_episodes, lambda effect: needed_contexts(effect, ONCE)):
        assert count(make_effect(difference, rate=rate, power=0.95)) > count(effect)
        assert count(make_effect(difference / 2, rate=rate)) > count(effect)


def test_the_planned_number_has_the_planned_power():
    effect = make_effect(0.15, rate=0.5, correlation=0.4)
    wins = (effect.discordance + 0.15) / 2
    shares = [wins, effect.discordance - wins, 1 - effect.discordance]
    rng = np.random.default_rng(0)
    drawn = rng.choice([1, -1, 0], p=shares, size=(1000, needed_contexts(effect, ONCE)))
    found = np.mean([sign_flip_test(row) <= 0.05 for row in drawn])
    assert found == pytest.approx(0.8, abs=0.05)


def test_training_seeds_are_statsmodels_for_equal_groups():
    effect = make_effect(0.1, rate=0.45)
    deviation = np.sqrt(0.05**2 + 0.45 * 0.55 / 100)
    expected = tt_ind_solve_power(0.1 / deviation, alpha=0.05, power=0.8)
    found = needed_seeds(effect, Plan(contexts=100, seed_deviation=0.05))
    assert found == pytest.approx(expected, abs=1.5)


def test_contexts_invert_training_seeds():
    effect, plan = make_effect(0.1), Plan(contexts=100, seed_deviation=0.05)
    seeds = needed_seeds(effect, plan)
    assert needed_contexts(effect, replace(plan, seeds=seeds)) <= 100
    assert needed_contexts(effect, replace(plan, seeds=seeds - 1)) > 100


def test_no_number_of_contexts_makes_up_for_too_few_training_seeds():
    with pytest.raises(ImpossiblePlanError, match="train at least 32"):
        needed_contexts(make_effect(0.05), Plan(contexts=2, seeds=3, seed_deviation=0.07))


@pytest.mark.parametrize(("within", "factor"), [(0.0, 1 / 4), (0.5, 5 / 8), (1.0, 1.0)])
def test_repeats_count_as_far_as_they_differ(within, factor):
    effect = make_effect(0.1)
    found = needed_contexts(effect, Plan(contexts=2, repeats=4, within=within))
    assert found == pytest.approx(factor * needed_contexts(effect, ONCE), abs=4)


@pytest.mark.parametrize("plan", [Plan(contexts=60), Plan(contexts=60, seeds=4, seed_deviation=0.03)])
def test_the_detectable_difference_inverts_the_contexts(plan):
    found = detectable_difference(plan)
    needed = [needed_contexts(make_effect(d), plan) for d in (found, found - 0.002)]
    assert needed[0] <= 60 < needed[1]


def test_a_plan_detects_what_a_comparison_of_that_design_says():
    said = compare(*[[played(side)] for side in paired(25, 25, 25, 25)]).detectable
    assert detectable_difference(Plan(contexts=100), rate=0.4) == pytest.approx(said, abs=0.006)


def test_too_few_contexts_show_nothing():
    assert detectable_difference(Plan(contexts=3)) is None


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


def test_more_comparisons_need_more_contexts():
    found = CliRunner().invoke(app, ["power", "--difference", "0.1", "--comparisons", "10"])
    needed = needed_contexts(make_effect(0.1, significance=0.005), ONCE)
    assert f"{needed}  contexts in common" in found.output


def test_the_command_says_what_seeds_depend_on():
    found = CliRunner().invoke(app, ["power", "--difference", "0.1", "--seeds", "5"])
    assert isinstance(found.exception, ILBenchError)
    assert "--seed-deviation" in str(found.exception)
