"""Coverage of the other scores: every case can be drawn, and its truth is the mean of what is drawn."""

import numpy as np
import pytest

from ilbench.checks.score_coverage import cases, make_table, score_coverage, score_layouts
from ilbench.checks.simulated_policies import Layout

LAYOUT = Layout(contexts=30, repeats=4, seeds=3, rate=0.5, correlation=0.3, deviation=0.1)


def test_every_score_is_covered_in_most_evaluations():
    (found,) = score_coverage([LAYOUT], 12, np.random.default_rng(0))
    assert {one.score for one in found} == {case.score for case in cases()}
    assert min(one.coverage for one in found) >= 0.7


def test_one_training_seed_has_no_probability_of_improvement():
    one = Layout(contexts=20, repeats=1, rate=0.5)
    (found,) = score_coverage([one], 2, np.random.default_rng(0))
    assert "probability of improvement" not in {row.score for row in found}


@pytest.mark.parametrize(
    "case",
    [c for c in cases() if "entropy" not in c.score and "JS" not in c.score],
    ids=lambda case: case.score,
)
def test_the_truth_is_what_the_estimates_are_around(case):
    rng = np.random.default_rng(1)
    values = [one.value for _ in range(40) if (one := case.draw(rng, LAYOUT)) is not None]
    assert np.mean(values) == pytest.approx(case.truth(LAYOUT), abs=4 * np.std(values) / 40**0.5 + 0.05)


def test_made_up_episodes_are_by_training_seed_context_and_repeat():
    table = make_table(LAYOUT, np.ones((2, 3, 4)))
    assert (len(table), table.seeds.tolist(), len(np.unique(table.episode))) == (24, [0, 1], 12)


def test_the_layouts_have_every_number_of_training_seeds():
    assert {one.seeds for one in score_layouts()} == {1, 3, 5}
