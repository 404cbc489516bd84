"""Folders of a process's own: given, kept apart, removed, and cleared after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ilbench.errors import StorageError
from ilbench.scratch import SCRATCH, scratch_folder

HOLD = """
import time
from ilbench.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "left").write_text("behind")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def other():
    """Another process, which holds a scratch folder; and that folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()


def test_a_scratch_folder_is_empty_and_gone_afterwards_whatever_happened():
    with scratch_folder() as folder:
        assert list(folder.iterdir()) == []
    stopped = scratch_folder()
    folder = stopped.__enter__()
    assert not stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not folder.exists()


def test_one_after_another_has_the_same_path_and_two_at_once_have_not():
    with scratch_folder() as first, scratch_folder() as second:
        assert first != second
    with scratch_folder() as again:
        assert again == first


def test_a_folder_that_was_made_read_only_is_removed_too():
    with scratch_folder() as folder:
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").write_text("x")
        (folder / "a" / "b").chmod(0o555)
        (folder / "a").chmod(0o000)
    assert not folder.exists()


def test_what_lies_behind_a_link_stays(tmp_path):
    (tmp_path / "outside").mkdir(mode=0o500)
    with scratch_folder() as folder:
        (folder / "link").symlink_to(tmp_path / "outside")
    assert (tmp_path / "outside").stat().st_mode & 0o777 == 0o500


def test_another_process_keeps_its_folder_and_what_it_left_when_killed_is_cleared(other):
    process, folder = other
    with scratch_folder() as mine:
        assert mine != folder
        assert (folder / "left").exists()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with scratch_folder() as mine:
        assert mine == folder
        assert list(mine.iterdir()) == []


def test_leftovers_of_many_are_cleared_by_one(home):
    for number in range(3):
        (home / SCRATCH / str(number) / "left").mkdir(parents=True)
        (home / SCRATCH / f"{number}.lock").touch()
    with scratch_folder() as mine:
        assert [path for path in (home / SCRATCH).iterdir() if path.is_dir()] == [mine]


def test_a_cache_that_takes_no_folder_is_named_with_the_way_out(home):
    home.write_text("a file")
    with (
        pytest.raises(StorageError, match=r"home/scratch: no folder can be made.*point ILBENCH_HOME to"),
        scratch_folder(),
    ):
        pass
