from __future__ import annotations

import resource
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from ilbench.errors import StorageError
from ilbench.storage import (
    UNFINISHED,
    first_problem,
    remove,
    remove_unfinished,
    sync_folder,
    unfinished,
    write_atomically,
)


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


def test_what_killed_processes_left_is_deleted_and_nothing_else(tmp_path):
    (tmp_path / f"{UNFINISHED}1-file").touch()
    (tmp_path / f"{UNFINISHED}2-folder").mkdir()
    (tmp_path / f"{UNFINISHED}2-folder" / "inside").touch()
    unfinished(tmp_path / "own").touch()
    (tmp_path / ".hidden").touch()
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".hidden"]


def test_a_link_is_deleted_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    remove(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_cannot_be_deleted_is_named():
    with pytest.raises(StorageError, match="/proc/version: cannot be deleted"):
        remove(Path("/proc/version"))


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path):
    sync_folder(tmp_path)
    sync_folder(tmp_path / "none")


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"none/file: cannot be written \(No such file or directory\)"):
        write_atomically(tmp_path / "none/file", b"")
