"""The boundary of readers: whatever a file is and whatever is raised, one error names the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ilbench.errors import CorruptFileError, ILBenchError, UsageError
from ilbench.reading import listed, open_regular, read_bytes, reading


def raised(path, error):
    with reading(path, "a list of ships", remedy="draw one"):
        raise error


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), RecursionError(), MemoryError(), AssertionError(), UnicodeError("no"), Exception()],
)
def test_whatever_is_raised_names_the_file_what_was_expected_and_the_way_out(tmp_path, error):
    with pytest.raises(
        CorruptFileError, match=rf"ships\.txt: not a list of ships \({type(error).__name__}"
    ) as told:
        raised(tmp_path / "ships.txt", error)
    assert str(told.value).endswith("; draw one")
    assert told.value.__cause__ is error


def test_an_error_of_ours_and_a_missing_package_pass_as_they_are(tmp_path):
    for error in (UsageError("two"), ModuleNotFoundError("torch")):
        with pytest.raises(type(error)) as told:
            raised(tmp_path, error)
        assert told.value is error


def test_what_a_hostile_error_says_stays_one_printable_line(tmp_path):
    with pytest.raises(CorruptFileError) as told:
        raised(tmp_path / "f", ValueError("\x1b[2J\n" * 10_000))
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 1000


def test_only_regular_files_of_some_size_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"abc")
    assert read_bytes(tmp_path / "file", 3) == b"abc"
    found = {"pipe": "a pipe", "none": "No such file", "file": "3 bytes, expected at most 2"}
    for name, problem in found.items():
        with pytest.raises(CorruptFileError, match=rf"{name}: .*{problem}"):
            read_bytes(tmp_path / name, 2)
    for place, problem in {Path("/dev/zero"): "a device", tmp_path: "a folder"}.items():
        with pytest.raises(CorruptFileError, match=problem):
            open_regular(place, 2)


def test_a_file_that_is_longer_than_it_says_is_not_read_on(tmp_path):
    endless = Path("/proc/self/maps")
    if not endless.exists():
        pytest.skip("needs a file of the kernel's, whose size is 0")
    with pytest.raises(CorruptFileError, match="expected at most 10 bytes, found more"):
        read_bytes(endless, 10)


def test_names_in_a_message_are_few_short_and_printable():
    assert listed([]) == "nothing"
    assert listed(["a", 2, "\x1b[31m"]) == "a, 2, [31m"
    assert len(listed("x" * 1000 for _ in range(10**6))) < 2000
    assert issubclass(CorruptFileError, ILBenchError)
