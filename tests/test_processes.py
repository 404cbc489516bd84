"""Processes: what this one may use of the machine."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile

import pytest

from ilbench.processes import open_memory, usable_cores


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
