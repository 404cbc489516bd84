"""The bootstrap: what is drawn, and what intervals come of it."""

import numpy as np
import pytest

from ilbench.scores.statistics.bootstrap import (
    NUM_RESAMPLES,
    percentile_interval,
    resampling_weights,
)


def test_every_resample_draws_as_many_as_there_are():
    seeds, clusters = resampling_weights(3, 7)
    assert seeds.shape == (NUM_RESAMPLES, 3)
    assert set(seeds.sum(axis=1)) == {3}
    assert set(clusters.sum(axis=1)) == {7}


def test_the_weights_are_shared_so_they_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        resampling_weights(2, 2)[0][0, 0] = 5


def test_an_undefined_resample_is_left_out():
    assert percentile_interval(np.array([1.0, np.nan, 1.0]), 0.95) == (1.0, 1.0)


def test_the_interval_holds_the_central_share():
    assert percentile_interval(np.arange(101.0), 0.9) == pytest.approx((5, 95))
