from __future__ import annotations

import resource

import pytest
from pydantic import BaseModel, ValidationError

from ilbench.errors import StorageError
from ilbench.storage import first_problem, write_atomically


class Point(BaseModel):
    x: int


def test_a_full_disk_is_said_and_the_old_file_survives(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StorageError, match="make room"):
            write_atomically(path, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("file", b"old")]


def test_text_is_written_as_utf_8_and_leaves_nothing_beside_it(tmp_path):
    write_atomically(tmp_path / "file", "π\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == "π\n".encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"x": "far"}, "field 'x': Input should be a valid integer, unable to parse string"),
        ({}, "field 'x': Field required"),
        (3, "the whole file: "),
    ],
)
def test_the_first_problem_names_field_and_found_value(content, expected):
    with pytest.raises(ValidationError) as caught:
        Point.model_validate(content)
    assert first_problem(caught.value).startswith(expected)
