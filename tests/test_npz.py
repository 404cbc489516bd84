"""Archives of arrays: what their headers promise is compared with what there is before it is unpacked."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from ilbench.errors import CorruptFileError
from ilbench.npz import load_npz


def header(shape, descr="<f8", fortran=False):
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": descr, "fortran_order": fortran, "shape": shape})
    return content.getvalue()


def packed(path, members, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_out_as_they_went_in(tmp_path, save):
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.asfortranarray(np.eye(3, 2, dtype=np.float32)),
        "c": np.array(True),
    }
    save(tmp_path / "a.npz", **arrays, others=np.array([{}], object))
    found = load_npz(tmp_path / "a.npz", tuple(arrays))
    for name, values in arrays.items():
        assert (found[name].dtype, found[name].shape) == (values.dtype, values.shape)
        assert (found[name] == values).all()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (header((10**18,)), "0 bytes, expected 8000000000000000000"),
        (header((2,)) + bytes(8), "8 bytes, expected 16"),
        (header((1,), "|O") + bytes(8), "expected numbers, found object"),
        (header((1,), "<M8[s]") + bytes(8), "expected numbers, found datetime64"),
        (b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000, "not a whole .npz file"),
        (b"nothing", "not a whole .npz file"),
    ],
)
def test_an_array_that_is_not_what_it_says_is_named(tmp_path, content, problem):
    path = packed(tmp_path / "a.npz", {"a.npy": content})
    with pytest.raises(CorruptFileError, match=rf"a\.npz: .*{problem}"):
        load_npz(path, ("a",))


def test_what_would_unpack_to_more_than_allowed_is_refused_before_it_is_unpacked(tmp_path):
    path = packed(tmp_path / "a.npz", {"a.npy": header((10**6,)) + bytes(8 * 10**6)})
    assert path.stat().st_size < 20_000
    with pytest.raises(CorruptFileError, match="8000128 bytes unpacked, expected at most 1000000"):
        load_npz(path, ("a",), max_bytes=10**6)


def test_a_missing_array_another_packing_and_a_long_list_of_members_are_named(tmp_path):
    path = packed(tmp_path / "a.npz", {"b.npy": header((0,))}, zipfile.ZIP_LZMA)
    with pytest.raises(CorruptFileError, match="'a' is missing; it holds b"):
        load_npz(path, ("a",))
    with pytest.raises(CorruptFileError, match="'b' is packed otherwise"):
        load_npz(path, ("b",))
    packed(path, {f"{number:060d}": b"" for number in range(10_000)})
    with pytest.raises(CorruptFileError, match="a list of members of"):
        load_npz(path, ("a",))
