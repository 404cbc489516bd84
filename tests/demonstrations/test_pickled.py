"""Stand-ins: what a pickle may make, and that nothing else can be made of it."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.demonstrations.pickled import (
    MAKERS,
    Constructor,
    RefusedError,
    checked_shape,
    finished,
    is_key,
)


def made(module, name, *arguments):
    return MAKERS[module, name](lambda units: None, *arguments)


def array(shape, content, dtype="<f8"):
    return finished(
        made("numpy.core.numeric", "_frombuffer", content, made("numpy", "dtype", dtype), shape), {}
    )


def test_an_array_is_made_of_exactly_its_bytes():
    assert array((2,), np.array([1.5, -2.0]).tobytes()).tolist() == [1.5, -2.0]
    for shape in ((1,), (3,), (2, 2)):
        with pytest.raises(ValueError, match="16 bytes, expected"):
            array(shape, bytes(16))


@pytest.mark.parametrize("dtype", ["O", "<M8[s]", "V8", "S4", "<<f8", "f9", "", None, ("f8", 2)])
def test_no_kind_but_numbers_is_made(dtype):
    with pytest.raises(RefusedError, match="an array of dtype"):
        made("numpy", "dtype", dtype)


@pytest.mark.parametrize("shape", [(-1,), (2**60,), (1.0,), (True,), [1], None, (1,) * 33, ((1,),)])
def test_no_shape_but_of_few_and_possible_lengths_is_taken(shape):
    with pytest.raises(ValueError, match="no tuple of at most 32 lengths"):
        checked_shape(shape)


def test_work_is_told_by_what_is_copied():
    spent = []
    Constructor(MAKERS["_codecs", "encode"], spent.append)("x" * 4096, "latin1")
    assert spent == [4]


def test_keys_are_what_is_looked_up_at_once():
    assert all(map(is_key, [None, "a", b"a", 1, 2.5, True, np.float32(1)]))
    assert not any(map(is_key, [(), ("a",), frozenset(), [], {}]))


def test_a_part_that_occurs_twice_stays_one_and_a_circle_is_closed():
    inner, circle = [1], []
    circle.append(circle)
    twice = finished([inner, inner], {})
    assert twice[0] is twice[1]
    back = finished(circle, {})
    assert back[0] is back
