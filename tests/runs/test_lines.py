"""A file of lines: appended to, whole after a refusal, and never written to where it no longer is."""

from __future__ import annotations

import resource
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.errors import StorageError
from ilbench.runs.lines import LineFile

LINES = st.lists(st.text("aπ\0", max_size=20).map(lambda text: text + "\n"), max_size=5)


@given(LINES, st.text("bc", max_size=9), LINES)
def test_a_line_without_an_end_goes_and_all_others_stay(tmp_path_factory, before, cut, after):
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_text("".join(before) + cut)
    with LineFile.open(path) as file:
        for line in after:
            file.append(line)
    assert path.read_text() == "".join(before + after)


@pytest.mark.parametrize("size", [1, 65535, 65536, 65537, 200_000])
def test_a_cut_line_of_any_length_goes(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + size * b"x")
    LineFile.open(path).close()
    assert path.read_bytes() == b"first\n"


def test_a_refused_line_leaves_those_before_it_and_names_the_file(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with LineFile.open(tmp_path / "file") as file:
        file.append("first\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            with pytest.raises(StorageError, match=r"file: .*; the 6 bytes written so far are intact"):
                file.append(5000 * "x" + "\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        file.append("second\n")
    assert (tmp_path / "file").read_text() == "first\nsecond\n"


@pytest.mark.parametrize("change", ["deleted", "moved", "replaced"])
def test_a_file_that_is_gone_is_not_written_on(tmp_path, change):
    folder = tmp_path / "run"
    folder.mkdir()
    with LineFile.open(folder / "file") as file:
        file.append("first\n")
        shutil.rmtree(folder) if change == "deleted" else folder.rename(tmp_path / "elsewhere")
        if change == "replaced":
            folder.mkdir()
            (folder / "file").touch()
        with pytest.raises(StorageError, match="was moved or deleted while the run went on"):
            file.append("second\n")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        LineFile.open(tmp_path)
