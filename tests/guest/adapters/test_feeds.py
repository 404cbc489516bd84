"""Feeds: one input made of fields, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.adapters.feeds import FeedError, InputFeed, shown

FIELDS = {
    "state": {"shape": [4], "dtype": "float32", "components": ["eef x", "eef y", "goal", "eef z"]},
    "plain": {"shape": [2], "dtype": "float32", "components": []},
    "image": {"shape": [6, 5, 3], "dtype": "uint8", "components": []},
}
SEEN = {
    "state": np.arange(8, dtype=np.float32).reshape(2, 4),
    "plain": np.arange(4, dtype=np.float32).reshape(2, 2),
    "image": np.arange(180, dtype=np.uint8).reshape(2, 6, 5, 3),
}


def made(spec, seen=SEEN, **settings):
    feed = InputFeed(spec, FIELDS, **settings)
    value = feed(seen)
    assert value.shape[1:] == feed.shape
    assert str(value.dtype) == feed.dtype
    return value


def refusal(spec, shape=None, dtype=None):
    with pytest.raises(FeedError) as caught:
        InputFeed(spec, FIELDS).fitted(shape, dtype)
    return str(caught.value)


def test_fields_are_flattened_and_joined_in_order():
    assert made({"field": ["plain", "state"]})[0].tolist() == [0, 1, 0, 1, 2, 3]
    assert made({"field": ["image"]}).shape == (2, 90)


def test_entries_are_taken_by_place_or_by_name():
    assert made({"field": "state", "slice": [1, 3]})[1].tolist() == [5, 6]
    assert made({"field": "state", "components": ["goal", "eef"]})[0].tolist() == [2, 0, 1, 3]


def test_an_image_is_laid_out_and_scaled():
    spec = {"field": "image", "layout": "CHW", "scale": 1 / 255, "mean": [0.5, 0.4, 0.3], "std": 0.5}
    value = made(spec)
    assert value[1, 2, 3, 4] == pytest.approx((SEEN["image"][1, 3, 4, 2] / 255 - 0.3) / 0.5)
    assert value.flags.c_contiguous


def test_means_of_channels_are_spread_in_either_layout():
    spec = {"field": "image", "mean": [1.0, 2.0, 3.0]}
    assert np.array_equal(np.moveaxis(made(spec), -1, 1), made({**spec, "layout": "CHW"}))


def test_a_history_has_an_axis_of_its_own_or_is_stacked_oldest_first():
    past = {"plain": np.arange(8, dtype=np.float32).reshape(2, 2, 2)}
    assert made({"field": "plain"}, past, history=2).shape == (2, 2, 2)
    assert made({"field": "plain"}, past, history=2, stack=True)[0].tolist() == [0, 1, 2, 3]
    frames = {"image": np.stack([SEEN["image"], SEEN["image"] + 1], 1)}
    stacked = made({"field": "image", "layout": "CHW"}, frames, history=2, stack=True)
    assert np.array_equal(stacked[:, 3:], stacked[:, :3] + 1)


def test_a_picture_is_turned_where_only_that_fits():
    feed = InputFeed({"field": "image"}, FIELDS).fitted((3, 6, 5), "uint8")
    assert np.array_equal(feed(SEEN), np.moveaxis(SEEN["image"], -1, 1))


def test_the_dtype_is_that_of_the_model_or_what_is_said():
    assert InputFeed({"field": "plain"}, FIELDS).fitted((None,), "float64")(SEEN).dtype == np.float64
    said = InputFeed({"field": "plain", "dtype": "int64"}, FIELDS).fitted(None, "int64")
    assert said(SEEN).dtype == np.int64


BAD = [
    ({"field": "nothing"}, "the task has no field 'nothing'; it has: state, plain, image"),
    ({"field": "state", "slice": [2, 5]}, "slice = [2, 5] is no part of the 4 entries"),
    ({"field": "image", "slice": [0, 1]}, "a slice is of a vector"),
    ({"field": "state", "components": ["hand"]}, "no component is named 'hand', or begins so"),
    ({"field": "plain", "components": ["x"]}, "the task names no components"),
    ({"field": "state", "layout": "CHW"}, "layout = 'CHW' is of an image"),
    (
        {"field": "image", "std": [1.0, 2.0]},
        "mean and std have 2 numbers, expected one, or one for each of 3",
    ),
]


@pytest.mark.parametrize(("spec", "problem"), BAD)
def test_what_the_task_does_not_have_is_named(spec, problem):
    assert problem in refusal(spec)


def test_what_the_model_does_not_take_is_named():
    assert refusal({"field": "state"}, (5,)) == "it takes (5), and is fed (4)"
    assert "say scale = 0.0039" in refusal({"field": "image"}, (6, 5, 3), "float32")
    assert refusal({"field": "plain"}, (2,), "int64") == "it takes int64, and is fed float32"


def test_a_shape_is_shown_with_its_free_axes():
    assert shown((None, 96, 3)) == "(any, 96, 3)"
