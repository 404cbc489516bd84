"""Intervals of mode scores: closed forms, and coverage where a bootstrap has little."""

import numpy as np
import pytest
from made_up import shown

from ilbench.scores.diversity.entropy import plug_in_entropy
from ilbench.scores.diversity.mode_counts import mode_counts
from ilbench.scores.diversity.mode_intervals import effective_successes, mode_estimate


def estimate(modes, num_modes, **fields):
    return mode_estimate(*mode_counts([shown(modes, **fields)], num_modes), plug_in_entropy, most=1.0)


def test_modes_drawn_alone_count_each_and_modes_of_contexts_by_context():
    alone = np.eye(4)[np.arange(40) % 4]
    assert effective_successes(alone) == pytest.approx(40)
    assert effective_successes(9 * alone) == pytest.approx(39, rel=0.05)


def test_one_success_tells_nothing():
    found = estimate([1], 4)
    assert (found.low, found.high, found.method) == (0, 1, "unknown spread")


def test_successes_that_all_show_one_mode_may_hide_others():
    few, many = estimate([0] * 10, 4), estimate([0] * 100, 4)
    assert few.value == few.low == 0
    assert 0.5 < few.high < 1
    assert many.high < 0.2


@pytest.mark.parametrize(("num_modes", "size"), [(2, 20), (4, 20), (24, 50)])
def test_the_entropy_of_uniform_modes_is_covered(num_modes, size):
    rng = np.random.default_rng(0)
    found = [estimate(rng.integers(num_modes, size=size).tolist(), num_modes) for _ in range(60)]
    assert np.mean([one.high >= 1 - 1e-9 for one in found]) >= 0.92


def test_the_value_lies_in_the_interval_and_several_seeds_speak_of_the_method():
    rng = np.random.default_rng(1)
    runs = [shown(rng.integers(3, size=30).tolist()) for _ in range(3)]
    found = mode_estimate(*mode_counts(runs, 3), plug_in_entropy, most=1.0)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (found.speaks_of, str(found.design)) == ("method", "30×1×3")
