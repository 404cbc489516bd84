"""Digests: equal things have equal ones, whatever their order, and nothing else has."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.digest import (
    DIGEST_HEX,
    array_digest,
    arrays_digest,
    bytes_digest,
    canonical_json,
    json_digest,
    text_digest,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_canonical_json_is_json_that_says_the_same(value):
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_does_not_show(mapping):
    assert json_digest(mapping) == json_digest(dict(reversed(mapping.items())))


def test_canonical_json_has_one_form():
    assert canonical_json({"b": 0.1, "a": ["ü", None]}) == '{"a":["ü",null],"b":0.1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": value})


def test_a_digest_is_the_first_half_of_sha_256():
    assert text_digest("ü") == bytes_digest("ü".encode()) == hashlib.sha256("ü".encode()).hexdigest()[:32]
    assert json_digest({}) == text_digest("{}")
    assert len(text_digest("")) == DIGEST_HEX


def test_dtype_shape_bytes_and_order_of_arrays_show():
    zeros = np.zeros(4, np.float32)
    others = [zeros.astype(np.int32), zeros.reshape(2, 2), zeros + 1, zeros[:3]]
    assert len({array_digest(array) for array in [zeros, *others]}) == 5
    assert array_digest(zeros, others[2]) != array_digest(others[2], zeros)


def test_a_view_has_the_digest_of_its_copy():
    view = np.arange(12).reshape(3, 4).T[::2]
    assert array_digest(view) == array_digest(view.copy())


def test_names_of_arrays_show_and_their_order_does_not():
    a, b = np.zeros(1), np.ones(1)
    assert arrays_digest({"a": a, "b": b}) == arrays_digest({"b": b, "a": a})
    assert arrays_digest({"a": a, "b": b}) != arrays_digest({"a": b, "b": a})
