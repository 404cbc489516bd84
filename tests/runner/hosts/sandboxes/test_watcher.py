"""The watcher: what processes of a sandbox use together."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from ilbench.contract.limits import Limits
from ilbench.runner.hosts.sandboxes.watcher import (
    Watcher,
    cpu_s,
    descendants,
    num_files,
    proportional_bytes,
    resident_bytes,
)

TAKE = "x = b'x' * (150 << 20); import time; time.sleep(5)"


def test_a_process_that_takes_too_much_memory_is_ended(told_inside):
    _, verdict = told_inside(TAKE, memory_gib=0.1)
    assert verdict == "it used more than 0.1 GiB of memory, the limit in its sandbox"


def test_processes_that_take_too_much_memory_together_are_ended(told_inside):
    code = f"""
import subprocess, sys
for child in [subprocess.Popen([sys.executable, '-I', '-S', '-c', {TAKE!r}]) for _ in range(3)]: child.wait()
"""
    assert "0.3 GiB of memory" in told_inside(code, memory_gib=0.3)[1]


def test_memory_that_is_shared_is_counted_once(told_inside):
    code = """
import os, time
x = b"x" * (60 << 20)
for _ in range(4):
    if os.fork() == 0:
        time.sleep(0.6); os._exit(0)
time.sleep(0.7); print('done')
"""
    assert told_inside(code, memory_gib=0.15) == ("done", "")


def test_processor_time_has_a_limit(told_inside):
    code = "import os\nos.fork()\nwhile True: pass"
    assert told_inside(code, processor_hours=0.0001)[1].startswith("it used more than 0.0001 hours")


def test_the_kernel_refuses_too_many_processes(told_inside):
    code = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(2); os._exit(0)
        made += 1
except BlockingIOError: print(made < 20)
"""
    assert told_inside(code, processes=20)[0] == "True"


def test_a_file_for_temporary_things_is_not_larger_than_their_folder(told_inside):
    code = "open('/tmp/x', 'wb').write(b'x' * (20 << 20))"
    assert "File too large" in told_inside(code, tmp_gib=0.01)[0]


def test_descendants_are_found_at_any_depth():
    code = "import subprocess, sys; subprocess.run(['sleep', '20'])"
    process = subprocess.Popen([sys.executable, "-S", "-c", code])
    end = time.monotonic() + 5
    while not (found := descendants(process.pid)) and time.monotonic() < end:
        time.sleep(0.01)
    for pid in (*found, process.pid):
        os.kill(pid, 9)
    process.wait()
    assert len(found) == 1


def test_use_is_read_from_the_kernel_and_nothing_of_who_is_gone():
    own = os.getpid()
    assert cpu_s(own) > 0
    assert 0 < proportional_bytes(own) <= resident_bytes(own)
    assert (cpu_s(2**22 + 1), resident_bytes(2**22 + 1), num_files(2**22 + 1)) == (0, 0, 0)


@pytest.mark.parametrize("said", [b"", b'{"child-pid": 4194305}'])
def test_a_sandbox_that_never_was_is_not_watched(said):
    read_fd, write_fd = os.pipe()
    os.write(write_fd, said)
    os.close(write_fd)
    watcher = Watcher(read_fd, Limits())
    watcher.finish()
    assert watcher.verdict == ""
