"""False positives: the simulated policies are what they are said to be, and what decides is what compares."""

import numpy as np
import pytest
from made_up import record

from ilbench.checks.false_positives import (
    TESTS,
    Cell,
    cells,
    draw_chances,
    draw_lines,
    draw_rates,
    false_positives,
    find_errors,
    p_values,
)
from ilbench.scores import compare

CELL = Cell(contexts=40, repeats=3, seeds=2, rate=0.3, correlation=0.5, deviation=0.1)


def change(**changes):
    return Cell(**({name: getattr(CELL, name) for name in Cell.__dataclass_fields__} | changes))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_repeats_are_as_alike_as_is_said(correlation):
    cell = change(correlation=correlation, deviation=0.0, contexts=400, seeds=1)
    chances = draw_chances(
        cell, draw_rates(cell, (100, 1, 1), np.random.default_rng(0)), np.random.default_rng(1)
    )
    assert chances.mean() == pytest.approx(0.3, abs=0.01)
    assert chances.var() == pytest.approx(correlation * 0.3 * 0.7, abs=0.01)


def test_training_seeds_vary_as_is_said_and_share_their_hard_contexts():
    rates = draw_rates(CELL, (2000, 1, 2), np.random.default_rng(0))
    chances = draw_chances(CELL, rates, np.random.default_rng(1))
    assert rates.std() == pytest.approx(0.1, abs=0.005)
    assert chances.mean(axis=-1) - rates == pytest.approx(np.zeros(rates.shape), abs=0.35)
    assert np.corrcoef(*(chances - rates[..., None])[:, 0].swapaxes(0, 1).reshape(2, -1))[0, 1] > 0.8


@pytest.mark.parametrize(("seeds", "correlation"), [(1, 0.5), (2, 0.0)])
def test_what_decides_is_what_compares(seeds, correlation):
    cell, rng = change(seeds=seeds, correlation=correlation, deviation=0.0), np.random.default_rng(3)
    line = draw_lines(cell, draw_rates(cell, (3, 2, seeds), rng), rng)[0][1]
    for trial, decided in enumerate(p_values([line])):
        expected = compare(*(records(side[trial], 3) for side in (line.first, line.second))).p_value
        assert (decided <= 0.05) == (expected <= 0.05)
        assert decided == pytest.approx(expected) or min(decided, expected) > 0.05


def records(sums, repeats):
    """Returns records of each training seed with so many successes on each context."""
    return [
        [record(c, r < won, repeat=r) for c, won in enumerate(row) for r in range(repeats)] for row in sums
    ]


def test_one_context_on_which_nothing_varies_is_never_called():
    cell = Cell(contexts=1, repeats=480, seeds=1, rate=0.5, correlation=1.0, deviation=0.0)
    assert not any(find_errors(test, cell, 20, np.random.default_rng(0)).any() for test in TESTS)


def test_a_row_says_what_it_is_about():
    rows = list(false_positives(20, 0, [change(contexts=20, repeats=1)]))
    assert [row.test for row in rows] == list(TESTS)
    assert [row.speaks_of for row in rows] == ["method"] * 3 + ["policy"] * 2
    assert rows == list(false_positives(20, 0, [change(contexts=20, repeats=1)]))


def test_equal_policies_are_seldom_called_different():
    grid = [change(contexts=20, repeats=1), change(seeds=1, deviation=0.0)]
    assert all(
        row.found <= 0.06 + 3 * np.sqrt(0.06 / row.num_trials) for row in false_positives(100, 1, grid)
    )


def test_the_grid_has_every_design_once():
    assert len(set(cells())) == len(cells()) == 6 * 4 * 3 * 5
