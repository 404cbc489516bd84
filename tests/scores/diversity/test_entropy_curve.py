import pytest
from made_up import record

from ilbench.errors import EmptyScoreError
from ilbench.scores import entropy_ceiling, entropy_curve


def test_entropy_curve_of_alternating_modes_is_one_at_every_even_number_of_rollouts():
    records = [record(c, repeat=r, mode=(c + r) % 2) for c in range(3) for r in range(6)]
    points = entropy_curve(records, num_modes=2)
    assert [point.num_rollouts for point in points] == [1, 2, 3, 4, 5, 6]
    assert [point.entropy for point in points[1::2]] == [1.0, 1.0, 1.0]
    assert points[0].entropy == points[0].ceiling == 0.0


def test_entropy_curve_counts_successes_on_contexts_that_have_one():
    records = [record(0, repeat=r, mode=0) for r in range(8)] + [record(1, False, repeat=r) for r in range(8)]
    (*_, last) = entropy_curve(records, num_modes=2)
    assert (last.entropy, last.ceiling) == (0.0, entropy_ceiling(8, 2))


def test_entropy_curve_of_failures_is_undefined():
    with pytest.raises(EmptyScoreError, match="no episode succeeded"):
        entropy_curve([record(0, False)], num_modes=2)
