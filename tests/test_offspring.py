"""What a process leaves running is found and ended, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from ilbench import offspring
from ilbench.offspring import MARK, end_group, end_offspring, find_carriers, find_descendants, new_mark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of other processes")

FAMILY = """
import os, subprocess, time
child = os.fork()
if child == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.waitpid(child, 0)
subprocess.Popen(["sleep", "60"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""


def started(code, mark):
    environment = {**os.environ, MARK: mark}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=-1, env=environment, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def gone(find, patience_s=10.0):
    deadline = time.monotonic() + patience_s
    while find() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not find()


def test_marks_differ_and_hold_the_mark_of_who_makes_them(monkeypatch):
    monkeypatch.setenv(MARK, "/outer")
    assert len({new_mark(), new_mark()}) == 2
    assert new_mark().startswith("/outer/")


def test_who_leaves_its_parent_or_its_session_still_carries_the_mark_and_is_ended():
    mark = new_mark()
    process = started(FAMILY, mark)
    assert len(find_carriers(mark)) >= 3
    end_offspring(mark)
    assert gone(lambda: find_carriers(mark))
    assert process.wait(5) == -signal.SIGKILL


def test_descendants_are_found_without_a_mark():
    process = started(FAMILY, "")
    children = find_descendants(process.pid)
    assert process.pid in find_descendants(os.getpid())
    assert children
    process.kill()
    process.wait()
    end_offspring(new_mark(), children)
    assert gone(lambda: find_descendants(os.getpid()) & children)


SHEDS = """
import os, subprocess, time
from ilbench.offspring import adopt_orphans, end_offspring, find_strays, new_mark
adopt_orphans()
subprocess.Popen(["sh", "-c", "sleep 61 & exit"], env={"PATH": os.environ["PATH"]}).wait()
own = subprocess.Popen(["sleep", "62"])
time.sleep(0.2)
strays = find_strays()
end_offspring(new_mark(), strays)
print(len(strays), len(find_strays()), own.poll())
own.kill()
"""


def test_who_sheds_its_environment_and_its_parent_is_found_by_the_worker_that_adopts_it():
    environment = {**os.environ, MARK: "/worker"}
    found = subprocess.run([sys.executable, "-c", SHEDS], env=environment, capture_output=True, text=True)
    assert found.stdout == "1 0 None\n"


def test_a_group_that_is_gone_is_no_error():
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    end_group(process.pid)


def test_the_warden_ends_what_is_left_however_its_starter_ends(tmp_path):
    mark, folder = new_mark(), tmp_path / "scratch"
    folder.mkdir()
    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-I', '-S', *sys.argv[1:]], "
    code += "stdin=-1, start_new_session=True); print('ready', flush=True); time.sleep(60)"
    starter = subprocess.Popen(
        [sys.executable, "-c", code, offspring.__file__, mark, str(folder)], stdout=-1, text=True
    )
    starter.stdout.readline()
    family = started(FAMILY, mark)
    starter.kill()
    starter.wait()
    assert gone(lambda: find_carriers(mark) or folder.exists())
    assert family.wait(5) == -signal.SIGKILL
