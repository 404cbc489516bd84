from __future__ import annotations

from contextlib import suppress

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpi_client import msgpack_numpy

from ilbench.runner.wires.frames import FrameError, pack, unpack

ARRAYS = {
    "observation/image": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "observation/state": np.linspace(0, 1, 8, dtype=np.float32),
    "done": np.array(True),
}
VLA_EVAL = bytes.fromhex(  # of vla-eval 0.8.0: Message(ACTION, {"actions": float32 [0.5, -1]}, 7, 1.5)
    "84a474797065a6616374696f6ea77061796c6f616481a7616374696f6e7384ab5f5f6e6461727261795f5fc3a464617461"
    "c4080000003f000080bfa56474797065a33c6634a573686170659102a373657107a974696d657374616d70cb3ff8000000000000"
)


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
        assert np.asarray(found[name]).dtype == np.asarray(value).dtype


@pytest.mark.parametrize("keys", ["bytes", "text"])
def test_arrays_come_back_with_their_bits(keys):
    same(unpack(pack(ARRAYS, keys)), ARRAYS)


def test_clients_of_openpi_read_what_we_write_and_we_what_they_write():
    same(msgpack_numpy.unpackb(pack(ARRAYS, "bytes")), ARRAYS)
    same(unpack(msgpack_numpy.packb(ARRAYS)), ARRAYS)
    assert unpack(msgpack_numpy.packb({"x": np.float32(0.5)}))["x"] == np.float32(0.5)


def test_a_frame_of_vla_eval_is_read():
    message = unpack(VLA_EVAL)
    assert (message["type"], message["seq"], message["timestamp"]) == ("action", 7, 1.5)
    assert message["payload"]["actions"].tolist() == [0.5, -1.0]


def test_raw_images_of_vla_eval_are_read_and_others_refused():
    image = {"__image__": True, "format": "raw", "data": bytes(12), "dtype": "|u1", "shape": [2, 2, 3]}
    assert unpack(msgpack.packb({"front": image}))["front"].shape == (2, 2, 3)
    with pytest.raises(FrameError, match="expected raw images, found 'png'"):
        unpack(msgpack.packb({"front": {**image, "format": "png"}}))


@pytest.mark.parametrize(
    "table",
    [
        {"dtype": "O", "data": b"x", "shape": [1]},
        {"dtype": "V8", "data": bytes(8), "shape": [1]},
        {"dtype": "f4,O", "data": bytes(8), "shape": [1]},
        {"dtype": "<c8", "data": bytes(8), "shape": [1]},
        {"dtype": "<f4", "data": bytes(3), "shape": [1]},
        {"dtype": "<f4", "data": bytes(4), "shape": [2]},
        {"dtype": "<f4", "data": "text", "shape": [1]},
        {"dtype": None, "data": bytes(8), "shape": [1]},
        {"data": bytes(8)},
        {},
    ],
)
def test_what_only_claims_to_be_an_array_is_refused(table):
    with pytest.raises(FrameError):
        unpack(msgpack.packb({"x": {"__ndarray__": True, **table}}))


@pytest.mark.parametrize(
    "data", ["a text", b"", b"\xc1", msgpack.packb([1]), msgpack.packb({1: {2: 3}}), b"\xdf\xff\xff\xff\xff"]
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(FrameError, match="expected"):
        unpack(data)


@given(st.binary(max_size=60))
def test_no_bytes_end_in_anything_but_a_table_or_a_refusal(data):
    with suppress(FrameError):
        assert isinstance(unpack(data), dict)


def test_objects_do_not_travel():
    with pytest.raises(TypeError, match="a set does not travel"):
        pack({"x": {1}}, "bytes")
