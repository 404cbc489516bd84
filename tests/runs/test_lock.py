"""The lock of a run folder: one process at a time, released by any death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from ilbench.errors import StorageError
from ilbench.runs import lock
from ilbench.runs.lock import LOCK, RunInUseError, UnlockedRunWarning, locked

HOLDER = """
import sys, time
from pathlib import Path
from ilbench.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def take(folder):
    with locked(folder):
        return json.loads((folder / LOCK).read_text())


def test_the_second_is_refused_and_told_who_was_first(tmp_path, holder):
    with pytest.raises(
        RunInUseError, match=rf"by process {holder.pid} on .* since 20.*; wait for it or stop"
    ):
        take(tmp_path / "run")


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_any_death_releases_it(tmp_path, holder, death):
    holder.send_signal(death)
    holder.wait(10)
    assert take(tmp_path / "run")["pid"] == os.getpid()


def test_a_process_cannot_take_it_twice_and_then_can(tmp_path):
    with locked(tmp_path / "run"), pytest.raises(RunInUseError, match=f"process {os.getpid()} "):
        take(tmp_path / "run")
    assert take(tmp_path / "run")["pid"] == os.getpid()


def test_nothing_is_left_of_it(tmp_path):
    take(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "run").mkdir()
    (tmp_path / "run/file").touch()
    take(tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["file"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"pid": "\\u001b[31m"}', "9" * 5000])
def test_whatever_the_file_says_it_is_held(tmp_path, holder, content):
    (tmp_path / "run" / LOCK).write_text(content)
    with pytest.raises(RunInUseError) as refused:
        take(tmp_path / "run")
    assert str(refused.value).isprintable()


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file.*: cannot be written \(.*another folder with --out"):
        take(tmp_path / "file" / "run")


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(StorageError, match=LOCK):
        take(tmp_path)
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_system_without_locks_goes_on_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "fcntl", None)
    with pytest.warns(UnlockedRunWarning, match="start no second process in it"):
        take(tmp_path)
