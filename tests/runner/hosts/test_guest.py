from __future__ import annotations

import numpy as np
import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.guest.channel import ACT, DONE, LOAD, unpack_lanes
from ilbench.runner.faults import PolicyEnded, PolicyFault, PolicyTimeout, ProtocolFault
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.host import LostWhileLoadingError


def started(spec, task, timeout_s=30.0):
    guest = start_process(spec)
    return guest, GuestHost(guest, spec, task, 1, timeout_s, 30.0)


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


class Tampered:
    """A guest that is heard through a channel of its test's."""

    def __init__(self, guest, answer):
        self._guest, self._answer, self.channel = guest, answer, self

    def __getattr__(self, name):
        return getattr(self._guest, name)

    def check_quiet(self):
        self._guest.channel.check_quiet()

    def send(self, kind, payload):
        self._kind, self._live = kind, unpack_lanes(payload) if kind == ACT else ()
        self._guest.channel.send(kind, payload)

    def receive(self, timeout_s):
        status, answer = self._guest.channel.receive(timeout_s)
        return (status, self._answer(self._kind, answer)) if status == DONE else (status, answer)


def tampered(spec, task, answer):
    return GuestHost(Tampered(start_process(spec("Wanderer")), answer), spec("Wanderer"), task, 8, 30.0, 30.0)


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


def test_who_was_killed_is_told_from_who_ended_by_itself(spec, task):
    guest, host = started(spec("Wanderer"), task)
    guest.kill()
    with pytest.raises(PolicyEnded, match="killed by signal 9") as ended:
        host.reset(0, seed=1)
    assert ended.value.is_from_outside
    assert not PolicyEnded("exit code 3").is_from_outside
    host.close()


def test_a_process_that_ends_while_it_loads_is_told_from_a_policy_that_raises(spec, task):
    for policy, kind in (("Lost", LostWhileLoadingError), ("NoSuchPolicy", InvalidSubmissionError)):
        with pytest.raises(InvalidSubmissionError) as refused:
            started(spec(policy, module="hostile"), task)
        assert type(refused.value) is kind


def test_loading_has_a_limit_of_its_own(spec, task):
    guest = start_process(spec("Slow", module="hostile"))
    with pytest.raises(InvalidSubmissionError, match=r"did not load within 0\.5 s.*--load-timeout"):
        GuestHost(guest, spec("Slow", module="hostile"), task, 1, 30.0, 0.5)
