from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ilbench.guest import lifetime

CHILD = (
    f"import sys; sys.path.insert(0, {str(Path(lifetime.__file__).parents[1])!r})\n"
    "from guest.lifetime import die_with_parent; import time\n"
    "die_with_parent(); print('ready', flush=True); time.sleep(60)"
)
PARENT = (
    f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {CHILD!r}], stdout=-1)\n"
    "child.stdout.readline(); print(child.pid, flush=True); input()"
)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_process_ends_with_the_one_that_started_it():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=-1, stdout=-1, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.is_running() or child.status() == "zombie"


def test_where_the_system_cannot_nothing_happens(monkeypatch):
    monkeypatch.setattr(lifetime.ctypes, "CDLL", lambda name: object())
    lifetime.die_with_parent()
