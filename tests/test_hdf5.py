"""HDF5 files of others: what is in them comes out, and one that breaks the library breaks nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from ilbench import hdf5
from ilbench.errors import CorruptFileError
from ilbench.hdf5 import Hdf5File

CORPUS = Path(__file__).parent / "faults" / "corpus"


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["group/numbers"] = np.arange(6.0).reshape(2, 3)
        file.create_dataset("group/packed", data=np.zeros((100, 100), "u1"), compression="gzip")
        file["names"] = np.array(["one", "two"], "S")
        file["group"].attrs["text"] = "said"
        file["group"].attrs["number"] = 3
    return tmp_path / "a.hdf5"


def changed(path, change):
    with h5py.File(path, "a") as file:
        change(file)
    return path


def test_what_is_in_a_file_comes_out(path):
    with Hdf5File(path) as file:
        assert file.kinds("") == {"group": "group", "names": "array"}
        assert (file.array("group/numbers") == np.arange(6.0).reshape(2, 3)).all()
        assert file.array("names").tolist() == [b"one", b"two"]
        assert file.array("group/packed").sum() == 0
        assert [file.attribute("group", name) for name in ("text", "number", "no")] == ["said", 3, None]


def linked(link):
    return lambda file: file.__setitem__("there", link)


def virtual(file):
    layout = h5py.VirtualLayout((2, 3), "f8")
    layout[:] = h5py.VirtualSource("other.hdf5", "numbers", (2, 3))
    file.create_virtual_dataset("there", layout)


def external(file):
    file.create_dataset("there", (3,), "u1", external=[("/etc/passwd", 0, 3)])


def huge(file):
    file.create_dataset("there", (10**9, 10**6), "f8", chunks=(10, 10), compression="gzip")


OUTSIDE = {
    "there' lies elsewhere: .* found a link": linked(h5py.SoftLink("/names")),
    "there' lies elsewhere: .*found a link": linked(h5py.ExternalLink("other.hdf5", "/x")),
    "there' is none: expected an array in the file": virtual,
    "there' is none: expected an array in the file itself": external,
    "there' has 8000000000000000 bytes": huge,
    "there' holds object, expected numbers": lambda file: file.__setitem__("there", "text of any length"),
    "there' is missing; there is group, names": lambda file: None,
}


@pytest.mark.parametrize("problem", OUTSIDE)
def test_what_leads_out_of_a_file_or_is_too_large_is_refused(path, problem):
    with Hdf5File(changed(path, OUTSIDE[problem])) as file, pytest.raises(CorruptFileError, match=problem):
        file.array("there")


def test_no_file_of_hdf5_is_named_and_a_pipe_is_not_waited_for(path, tmp_path):
    path.write_bytes(b"no HDF5")
    os.mkfifo(tmp_path / "pipe")
    for name, problem in (("a.hdf5", "not a whole HDF5 file"), ("pipe", "found a pipe")):
        with pytest.raises(CorruptFileError, match=rf"{name}: .*{problem}"):
            Hdf5File(tmp_path / name)


@pytest.mark.parametrize("kind", ["hangs", "crashes"])
def test_a_file_that_hangs_or_crashes_the_library_is_named_in_time(monkeypatch, kind):
    monkeypatch.setattr(hdf5, "LIMIT_S", 2.0)
    start = time.monotonic()
    with pytest.raises(CorruptFileError, match=r"\.h5: the HDF5 library|not a whole HDF5 file"):
        read_whole(CORPUS / f"hdf5-{kind}.h5")
    assert time.monotonic() - start < 20


def read_whole(path):
    with Hdf5File(path) as file:
        file.attribute("data", "env_args")
        places = [""]
        while places:
            place = places.pop()
            for name, kind in file.kinds(place).items():
                places += [f"{place}/{name}"] if kind == "group" else []
                if kind == "array":
                    file.array(f"{place}/{name}")
