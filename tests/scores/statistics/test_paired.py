import numpy as np
import pytest
from made_up import paired

from ilbench.scores.comparison.comparison import paired_newcombe
from ilbench.scores.statistics.paired import paired_correlation


def test_newcombes_paired_interval_is_as_published():
    first, second = (np.array(o, dtype=float) for o in paired(36, 12, 2, 0))
    found = paired_newcombe(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_paired_correlation_by_hand():
    assert paired_correlation(10, 0, 0, 10) == pytest.approx((100 - 10) / 100)
    assert paired_correlation(0, 5, 5, 0) == -1
    assert paired_correlation(3, 1, 1, 1) == 0
    assert paired_correlation(9, 1, 0, 0) == 0
