"""Reading of packed zarr stores, on stores written here chunk by chunk, as zarr's version 2 lays them out."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import numpy as np
import pytest

from ilbench.errors import CorruptFileError
from ilbench.tasks.manipulation.pusht.zarr_store import load_zarr

blosc = pytest.importorskip("numcodecs.blosc")

ROWS = np.arange(14, dtype=np.float32).reshape(7, 2)


def files_of(array=ROWS, chunk=3, packed=True, **changes):
    """Returns the files of a store with one array, by name."""
    header = {
        "zarr_format": 2,
        "shape": list(array.shape),
        "chunks": [chunk, *array.shape[1:]],
        "dtype": array.dtype.str,
        "compressor": {"id": "blosc", "cname": "zstd"} if packed else None,
        "filters": None,
        "order": "C",
        **changes,
    }
    files = {"data/action/.zarray": json.dumps(header).encode()}
    for number, first in enumerate(range(0, len(array), chunk)):
        rows = np.zeros((chunk, *array.shape[1:]), array.dtype)
        rows[: len(array[first : first + chunk])] = array[first : first + chunk]
        content = blosc.compress(rows.tobytes(), b"zstd", 5, 2) if packed else rows.tobytes()
        files[f"data/action/{number}.0"] = content
    return files


def tarred(path, files, root="pusht.zarr/"):
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(root + name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def zipped(path, files, root="pusht/pusht.zarr/"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(root + name, content)
    return path


@pytest.mark.parametrize("packed", [True, False], ids=["blosc", "plain"])
@pytest.mark.parametrize("pack", [tarred, zipped])
def test_an_array_comes_back_from_its_chunks(tmp_path, pack, packed):
    path = pack(tmp_path / f"store{'.zip' if pack is zipped else '.tar'}", files_of(packed=packed))
    np.testing.assert_array_equal(load_zarr(path, ["data/action"])["data/action"], ROWS)


def without(name):
    files = files_of()
    del files[name]
    return files


def cut_short():
    files = files_of()
    files["data/action/1.0"] = files["data/action/1.0"][:-5]
    return files


def too_large_a_promise():
    files = files_of()
    content = bytearray(files["data/action/1.0"])
    content[4:8] = (2**31 - 1).to_bytes(4, "little")
    return files | {"data/action/1.0": bytes(content)}


BROKEN = {
    "no store": ({"readme": b"hello"}, "one zarr store"),
    "a missing chunk": (without("data/action/1.0"), "'data/action/1.0' is missing"),
    "a chunk cut short": (cut_short(), "bytes packed, expected"),
    "a chunk that promises two gigabytes": (too_large_a_promise(), "2147483647 bytes unpacked, expected 24"),
    "a header that is no JSON": (files_of() | {"data/action/.zarray": b"{"}, "JSON"),
    "a header without a shape": (files_of() | {"data/action/.zarray": b"{}"}, "KeyError"),
    "version 3": (files_of(zarr_format=3), "version 2"),
    "another codec": (files_of(compressor={"id": "pickle"}), "blosc"),
    "objects": (files_of(dtype="|O"), "expected numbers"),
    "chunks across": (files_of(chunks=[3, 1]), "first axis"),
    "no rows": (files_of(shape=[0, 2]), "first axis"),
    "more rows than memory": (files_of(shape=[2**40, 2], chunks=[2**40, 2]), "bytes"),
}


@pytest.mark.parametrize(("files", "problem"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_store_is_one_clean_error(tmp_path, files, problem):
    with pytest.raises(CorruptFileError, match=problem):
        load_zarr(tarred(tmp_path / "store.tar", files), ["data/action"])


def test_what_is_no_archive_is_one_clean_error(tmp_path):
    path = tmp_path / "store.tar"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(CorruptFileError, match="a packed zarr store"):
        load_zarr(path, ["data/action"])
