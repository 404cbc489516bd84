from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from ilbench.runner.faults import PolicyFault, PolicyTimeout
from ilbench.runner.hosts.guest import GuestHost, start_process


def started(spec, task, timeout_s=30.0):
    guest = start_process(spec)
    return guest, GuestHost(guest, spec, task, 1, timeout_s)


def seen(host):
    host.reset(0, seed=3)
    host.observations["state"][0] = 1
    return [host.act([0]) for _ in range(4)]


def test_a_policy_that_does_not_answer_in_time_is_killed(spec, task):
    guest, host = started(spec("Hangs"), task, timeout_s=0.5)
    with pytest.raises(PolicyTimeout, match=r"did not answer within 0\.5 s"):
        seen(host)
    assert guest.ended() == "killed by signal 9"
    host.close()


def test_a_process_that_ends_says_how(spec, task):
    _, host = started(spec("Dies"), task)
    with pytest.raises(PolicyFault, match=r"the policy process ended \(killed by signal 9\)"):
        seen(host)
    host.close()


def test_a_closed_guest_leaves_neither_process_nor_descriptor(spec, task):
    before = len(list(Path("/dev/fd").iterdir()))
    guest, host = started(spec("Wanderer"), task)
    pid = guest._process.pid
    host.close()
    del host  # and with it the map of its arrays
    assert not psutil.pid_exists(pid)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_without_memory_files_a_temporary_file_serves(monkeypatch, spec, task):
    monkeypatch.delattr("os.memfd_create", raising=False)
    _, host = started(spec("Wanderer"), task)
    assert seen(host)[0].shape == (8, 2)
    host.close()
