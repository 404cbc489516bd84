"""Statistics as LeRobot keeps them, compared with NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.demonstrations.exports import lerobot_statistics as statistics


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)


def test_statistics_of_numbers_are_those_of_each_entry():
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    found = statistics.of_numbers(rows)
    values = rows.astype(np.float64)
    assert np.array_equal(found["mean"], values.mean(axis=0))
    assert np.array_equal(found["std"], values.std(axis=0))
    assert np.array_equal(found["q10"], np.quantile(values, 0.1, axis=0))
    assert (np.array(found["min"]) <= values).all()
    assert found["count"] == [50]


def test_truth_values_count_as_numbers():
    assert statistics.of_numbers(np.array([[True], [False]]))["mean"] == [0.5]


def test_statistics_of_pictures_are_those_of_each_channel_between_zero_and_one(pictures):
    found = statistics.of_pictures(statistics.histogram(pictures), 4)
    values = np.moveaxis(pictures, -1, 0).reshape(3, -1) / 255
    for name, expected in (("min", values.min(1)), ("max", values.max(1)), ("mean", values.mean(1))):
        assert np.allclose(np.array(found[name])[:, 0, 0], expected, atol=1e-12)
    assert np.allclose(np.array(found["std"])[:, 0, 0], values.std(axis=1), atol=1e-12)
    assert np.array(found["q50"]).shape == (3, 1, 1)
    assert found["count"] == [4]


def test_a_quantile_of_pictures_is_the_least_value_that_so_many_pixels_do_not_exceed(pictures):
    found = statistics.of_pictures(statistics.histogram(pictures), 4)
    values = np.moveaxis(pictures, -1, 0).reshape(3, -1) / 255
    expected = np.quantile(values, 0.9, axis=1, method="inverted_cdf")
    assert np.array_equal(np.array(found["q90"])[:, 0, 0], expected)


def test_the_whole_is_made_of_the_rows_of_all(pictures):
    parts = [pictures[:1], pictures[1:]]
    assert statistics.joined(parts, is_video=True) == statistics.of_pictures(
        statistics.histogram(pictures), 4
    )
    rows = [np.ones((2, 1)), np.zeros((2, 1))]
    assert statistics.joined(rows, is_video=False)["mean"] == [0.5]
