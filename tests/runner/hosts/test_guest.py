from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.guest.channel import ACT, DONE, LOAD, unpack_lanes
from ilbench.runner.faults import PolicyFault, PolicyTimeout, ProtocolFault
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
    assert seen(host)[0].values.shape == (8, 1, 2)
    host.close()


class Tampered:
    """A guest that is heard through a channel of its test's."""

    def __init__(self, guest, answer):
        self._guest, self._answer, self.channel = guest, answer, self

    def __getattr__(self, name):
        return getattr(self._guest, name)

    def send(self, kind, payload):
        self._kind, self._live = kind, unpack_lanes(payload) if kind == ACT else ()
        self._guest.channel.send(kind, payload)

    def receive(self, timeout_s):
        status, answer = self._guest.channel.receive(timeout_s)
        return (status, self._answer(self._kind, answer)) if status == DONE else (status, answer)


def tampered(spec, task, answer):
    return GuestHost(Tampered(start_process(spec("Wanderer")), answer), spec("Wanderer"), task, 8, 30.0)


@pytest.mark.parametrize("answer", [b"", b"\x01", b"\xff\xff", b"\x00\x00", b"\x01\x00[", b"\x01\x00null"])
def test_an_answer_that_breaks_the_protocol_is_the_fault_of_the_policy(spec, task, answer):
    host = tampered(spec, task, lambda kind, given: answer if kind == ACT else given)
    host.reset(0, seed=1)
    with pytest.raises(ProtocolFault, match="the policy process broke the protocol: "):
        host.act([0])
    host.close()


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b"[" * 10_000, b'{"history": 1.5, "num_lanes": 1, "note": ""}', b"\xff"]
)
def test_what_a_loaded_policy_says_of_itself_is_looked_at(spec, task, told):
    with pytest.raises(InvalidSubmissionError, match="the policy process broke the protocol"):
        tampered(spec, task, lambda kind, given: told if kind == LOAD else given)


def test_actions_that_change_after_their_check_there_are_checked_here(spec, task):
    guest, host = started(spec("Wanderer"), task)
    host.reset(0, seed=3)
    host.observations["state"][0] = 1
    first = host.act([0])
    shared = host._arrays.actions(1)
    shared[0] = np.nan  # as the other side could at any moment
    assert np.isfinite(first.values).all()
    host._ask = lambda *question: b"\x01\x00"
    assert host.act([0]).faults[0].status == "invalid_action"
    guest.close()
