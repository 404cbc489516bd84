"""Comparison: against enumeration, closed forms, scipy and statsmodels."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.integrate import quad
from scipy.stats import binom, binomtest, norm, ttest_ind
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_effectsize
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.errors import EmptyScoreError, ILBenchError
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import (
    MismatchedRecordsError,
    cohens_h,
    compare,
    compare_policies,
    holm,
    letters,
    mcnemar,
    rank_intervals,
    sequential_test,
    sign_flip_test,
    welch_test,
)
from ilbench.scores.comparison.comparison import paired_newcombe
from ilbench.scores.comparison.paired_tests import MAX_SUM
from ilbench.scores.comparison.sequential import expected_discordant, log_wealth

COUNTS = st.integers(0, 60)
D3IL = Path(__file__).parents[3] / "results" / "d3il"


def record(context, success, *, repeat=0, task="toy/reach-v1", split="test", status="ok", env_seed=None):
    return EpisodeRecord(
        task=task,
        split=split,
        context=context,
        repeat=repeat,
        env_seed=1000 * context + repeat if env_seed is None else env_seed,
        policy_seed=2,
        initial_digest=None,
        status=status,
        reason=None if status == "ok" else "why",
        success=None if status == "env_error" else bool(success),
        episode_return=float(success),
        length=3,
        terminated=bool(success),
        truncated=not success,
        mode=None,
        action_digest="",
        times=Times(env_s=0.0, policy_s=0.0),
    )


def played(outcomes, **fields):
    return [record(context, success, **fields) for context, success in enumerate(outcomes)]


def table(both, wins, losses, neither):
    """Returns outcomes of two policies with that many episodes of each kind."""
    first = [1] * (both + wins) + [0] * (losses + neither)
    return first, [1] * both + [0] * wins + [1] * losses + [0] * neither


@given(wins=COUNTS, losses=COUNTS, ties=COUNTS)
def test_single_episodes_give_mcnemars_exact_test(wins, losses, ties):
    found = sign_flip_test([1] * wins + [-1] * losses + [0] * ties)
    assert found == mcnemar(wins, losses)
    expected = statsmodels_mcnemar([[ties, wins], [losses, 0]], exact=True).pvalue
    assert found == pytest.approx(min(1.0, expected), abs=1e-12)
    if wins + losses:
        assert found == pytest.approx(binomtest(wins, wins + losses).pvalue, abs=1e-12)


@given(differences=st.lists(st.integers(-4, 4), min_size=1, max_size=10))
def test_the_sign_flip_test_enumerates_all_signs(differences):
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=len(differences))]
    expected = np.mean(np.array(sums) >= abs(sum(differences)))
    assert sign_flip_test(differences) == pytest.approx(expected, abs=1e-12)


@given(differences=st.lists(st.integers(-9, 9), min_size=1, max_size=30), scale=st.floats(0.01, 100))
def test_rounding_is_to_the_safe_side_and_small(differences, scale):
    exact, rounded = sign_flip_test(differences), sign_flip_test(np.array(differences) * scale)
    assert exact - 1e-12 <= rounded <= exact + 0.02


def test_a_sum_above_the_largest_is_close_to_the_normal_one():
    differences = np.random.default_rng(0).integers(-MAX_SUM, MAX_SUM, 400) + MAX_SUM // 20
    z = differences.sum() / np.sqrt((differences.astype(float) ** 2).sum())
    assert sign_flip_test(differences) == pytest.approx(2 * norm.sf(abs(z)), rel=0.05)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


@given(arrays(np.float64, (2, 5), elements=st.integers(0, 100).map(lambda i: i / 100)))
def test_welchs_test_is_scipys(rates):
    assume(rates.var(axis=1).sum() > 1e-6)
    expected = ttest_ind(rates[0], rates[1], equal_var=False).pvalue
    assert welch_test(rates[0], rates[1]) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0, 1), st.floats(0, 1))
def test_cohens_h_is_statsmodels(first, second):
    assert cohens_h(first, second) == pytest.approx(proportion_effectsize(first, second), abs=1e-12)


def test_newcombes_paired_interval_is_as_published():
    first, second = (np.array(o, dtype=float) for o in table(36, 12, 2, 0))
    found = paired_newcombe(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_agreement_everywhere_still_has_a_width():
    outcomes = played([1, 0] * 25)
    found = compare([outcomes], [outcomes])
    assert found.difference.low < 0 == found.difference.value < found.difference.high
    assert (found.p_value, found.num_discordant) == (1.0, (0, 0))


@given(counts=st.tuples(*[st.integers(0, 12)] * 4).filter(any))
@settings(max_examples=30)
def test_swapping_the_policies_mirrors_everything(counts):
    first, second = map(played, table(*counts))
    one, other = compare([first], [second]), compare([second], [first])
    assert one.p_value == other.p_value
    assert (one.difference.value, one.cohens_h) == pytest.approx((-other.difference.value, -other.cohens_h))
    assert one.difference.low == pytest.approx(-other.difference.high, abs=0.05)
    assert one.improvement.value == pytest.approx(1 - other.improvement.value)
    assert one.improvement.value == pytest.approx(0.5 + one.difference.value / 2)


def test_the_interval_of_the_difference_is_that_of_pairs():
    first, second = table(100, 60, 30, 110)
    found = compare([played(first)], [played(second)]).difference
    error = np.std(np.subtract(first, second)) / np.sqrt(300)
    assert (found.low, found.high) == pytest.approx((0.1 - 1.96 * error, 0.1 + 1.96 * error), abs=0.006)


def test_repeats_of_a_context_are_one_unit():
    first = [record(c, c < 6, repeat=r) for c in range(10) for r in range(20)]
    second = [record(c, False, repeat=r) for c in range(10) for r in range(20)]
    found = compare([first], [second])
    assert (found.num_episodes, found.num_discordant) == (200, (6, 0))
    assert found.p_value == mcnemar(6, 0) == 2 / 2**6


def test_episodes_of_one_context_are_units():
    first = [record(0, True, repeat=r) for r in range(8)]
    second = [record(0, False, repeat=r) for r in range(8)]
    assert compare([first], [second]).p_value == 2 / 2**8


def test_unpaired_episodes_are_left_out_and_counted():
    first = [*played([1] * 6), record(6, True, status="env_error")]
    second = played([0] * 9)
    found = compare([first], [second])
    assert (found.num_episodes, found.num_unpaired) == (6, (0, 3))
    assert found.second.n == 6


def test_a_difference_must_hold_over_training_seeds_too():
    good, bad = played([1] * 40), played([0] * 40)
    assert compare([good], [bad]).p_value < 1e-6
    by_chance = compare([good, bad, good], [bad, good, bad])
    assert by_chance.p_value > 0.3
    assert by_chance.difference.low < 0 < by_chance.difference.value
    assert compare([good, good], [bad, bad]).p_value < 1e-6


def test_unequal_numbers_of_training_seeds_are_compared_by_their_means():
    one = compare([played([1, 0, 1, 1])] * 3, [played([0, 0, 1, 1])] * 2)
    other = compare([played([1, 0, 1, 1])], [played([0, 0, 1, 1])])
    assert one.difference.value == other.difference.value == 0.25
    assert one.num_discordant == other.num_discordant == (1, 0)


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        ([record(7, True)], EmptyScoreError, "no episode in common"),
        ([record(0, True, split="train")], MismatchedRecordsError, "give each alone"),
        ([record(0, True), record(0, False)], MismatchedRecordsError, "each training seed alone"),
        ([record(0, True, env_seed=5)], MismatchedRecordsError, "same version"),
    ],
)
def test_records_that_cannot_be_paired_are_refused(second, error, message):
    with pytest.raises(error, match=message):
        compare([played([1, 0])], [second])


def test_several_tasks_are_corrected_and_lone_ones_named():
    names = ("toy/a-v1", "toy/b-v1")
    first = [r for name in names for r in played([1] * 8, task=name)]
    second = [r for name in (*names, "toy/c-v1") for r in played([0] * 8, task=name)]
    found = compare_policies([first], [second])
    assert [one.p_value for one in found.comparisons] == [2 / 2**8] * 2
    assert [one.adjusted for one in found.comparisons] == [4 / 2**8] * 2
    assert found.unpaired == (("toy/c-v1", "test"),)
    assert (found.mean_difference.value, found.improvement) == (1.0, None)


def test_several_training_seeds_have_a_probability_of_improvement():
    runs = [played([1, 1, 1, 0]), played([1, 1, 0, 0])]
    assert compare_policies(runs, [played([1, 1, 0, 0])] * 2).improvement.value == 0.75


def test_policies_with_no_task_in_common_are_not_compared():
    with pytest.raises(EmptyScoreError, match=r"first has toy/a-v1 test, the second toy/b-v1 test"):
        compare_policies([played([1], task="toy/a-v1")], [played([1], task="toy/b-v1")])


@given(won=st.integers(0, 20), lost=st.integers(0, 20))
@settings(max_examples=25)
def test_the_wealth_is_the_average_over_all_bets(won, lost):
    expected = quad(lambda p: (2 * p) ** won * (2 * (1 - p)) ** lost, 0, 1)[0]
    assert np.exp(log_wealth(won, won + lost)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_wealth_is_not_expected_to_grow(count):
    won = np.arange(count + 1)
    assert binom.pmf(won, count, 0.5) @ np.exp(log_wealth(won, count)) == pytest.approx(1)


def test_eight_wins_in_a_row_are_called():
    found = sequential_test([1, 0, 1, 1, 1, 1, 1, 1, 1, 1], [2] * 10)
    assert (found.called_after, found.more_expected) == (18, None)
    assert found.p_value == pytest.approx(10 / 2**9)
    assert expected_discordant(1.0) == 8


def test_seven_wins_need_another():
    found = sequential_test([1] * 7, [2] * 7)
    assert (found.called_after, found.more_expected, found.num_discordant) == (None, 2, 7)


@pytest.mark.parametrize("differences", [[], [0, 0, 0], [1, -1]])
def test_without_a_leader_no_end_is_in_sight(differences):
    found = sequential_test(differences, [1] * len(differences))
    assert (found.called_after, found.more_expected, found.p_value) == (None, None, 1.0)


def test_equal_policies_are_seldom_called_different_however_often_one_looks():
    rng = np.random.default_rng(0)
    signs = rng.choice([-1, 1], size=(2000, 300))
    called = np.mean([sequential_test(row, np.ones(300)).called_after is not None for row in signs])
    assert 0 < called <= 0.05


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=7).map(lambda s: (s[0], s[0]))))
def test_two_share_a_letter_if_and_only_if_not_told_apart(is_better):
    is_better = np.triu(is_better, 1)
    found = [set(text) for text in letters(is_better)]
    assert all(found)
    for i, j in product(range(len(found)), repeat=2):
        assert bool(found[i] & found[j]) != bool(is_better[i, j] | is_better[j, i])


def test_letters_go_down_from_the_first():
    is_better = np.zeros((4, 4), dtype=bool)
    is_better[0, 2] = is_better[0, 3] = is_better[1, 3] = True
    assert letters(is_better) == ("a", "ab", "bc", "c")
    assert rank_intervals(is_better) == ((1, 2), (1, 3), (2, 4), (3, 4))


def test_with_nothing_shown_every_rank_is_possible():
    nothing = np.zeros((3, 3), dtype=bool)
    assert letters(nothing) == ("a",) * 3
    assert rank_intervals(nothing) == ((1, 3),) * 3


def test_the_command_compares_submissions_by_name():
    found = CliRunner().invoke(app, ["compare", "bc-mlp", "diffusion", "--among", str(D3IL), "--sequential"])
    assert found.exit_code == 0, found.output
    assert "A: bc-mlp   B: diffusion" in found.output
    assert "common episodes" in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bc-mlp", str(D3IL)], "--among FOLDER"),
        ([str(D3IL), str(D3IL)], "holds runs of 4 submissions"),
        (["bc", "expert", "--among", str(D3IL)], "did you mean 'bc-mlp'"),
    ],
)
def test_the_command_says_how_to_name_a_policy(arguments, message):
    found = CliRunner().invoke(app, ["compare", *arguments])
    assert isinstance(found.exception, ILBenchError)
    assert message in str(found.exception)
