"""Processes: what this one may use of the machine."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import subprocess
import sys
import tempfile

import pytest

from ilbench.offspring import MARK
from ilbench.processes import (
    FROM_OUTSIDE,
    child_environment,
    fix_size,
    how_ended,
    open_memory,
    usable_cores,
)


def test_there_is_at_least_one_core_and_no_more_than_there_are():
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux limits a process to cores")
def test_a_limit_counts():
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    code += "from ilbench.processes import usable_cores; print(usable_cores())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "1\n"


def test_where_nothing_limits_it_all_cores_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert usable_cores() == os.cpu_count()


@pytest.mark.parametrize("is_linux", [True, False])
def test_memory_is_zeros_that_every_map_of_it_shares(monkeypatch, is_linux):
    if not is_linux:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    fd = open_memory(4096)
    with mmap.mmap(fd, 4096) as one, mmap.mmap(fd, 4096) as other:
        assert one[:] == bytes(4096)
        one[7] = 9
        assert other[7] == 9
    os.close(fd)


def test_memory_without_a_name_leaves_no_file(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fd = open_memory(10)
    assert os.fstat(fd).st_size == 10
    assert not list(tmp_path.iterdir())
    os.close(fd)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux can seal memory")
@pytest.mark.parametrize("size", [0, 100, 8192])
def test_memory_of_a_fixed_size_keeps_it_whoever_has_it(size):
    fd = open_memory(4096)
    with pytest.raises(OSError, match="not permitted") as refused:
        os.ftruncate(fd, size)
    assert (refused.value.errno, os.fstat(fd).st_size) == (errno.EPERM, 4096)
    os.close(fd)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux can seal memory")
def test_memory_that_somebody_else_has_fixed_is_refused():
    fd = open_memory()
    fix_size(fd, 64)
    with pytest.raises(OSError, match="was changed to 64 bytes"):
        fix_size(fd, 128)
    os.close(fd)


def test_an_end_is_named_by_code_or_signal_and_some_come_from_outside():
    assert [how_ended(3), how_ended(-9)] == ["exit code 3", "killed by signal 9"]
    assert how_ended(-signal.SIGTERM) in FROM_OUTSIDE
    assert how_ended(-signal.SIGSEGV) not in FROM_OUTSIDE


def test_a_child_inherits_no_path_that_leads_to_the_working_or_a_hidden_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    paths = ["", ".", str(tmp_path), "/hidden", "/kept"]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    environment = child_environment("fixed", "/mark", "/temporary", "/hidden")
    assert environment["PYTHONPATH"] == "/kept"
    assert (environment[MARK], environment["TMPDIR"]) == ("/mark", "/temporary")
