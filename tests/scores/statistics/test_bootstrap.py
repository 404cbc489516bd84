"""The bootstrap: what is drawn, and what intervals come of it."""

import numpy as np
import pytest

from ilbench.scores.statistics.bootstrap import percentile_interval


def test_an_undefined_resample_is_left_out():
    assert percentile_interval(np.array([1.0, np.nan, 1.0]), 0.95) == (1.0, 1.0)


def test_the_interval_holds_the_central_share():
    assert percentile_interval(np.arange(101.0), 0.9) == pytest.approx((5, 95))
