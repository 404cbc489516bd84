from __future__ import annotations

import json
import os
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.arrays import SharedArrays, memory_size
from ilbench.guest.channel import ACT, DONE, HEAD, LOAD, RESET, Channel, unpack_lanes
from ilbench.guest.serve import PolicyServer
from ilbench.processes import fix_size, open_memory
from ilbench.runner.faults import PolicyEnded, PolicyFault, PolicyTimeout, ProtocolFault
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.host import LostWhileLoadingError
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR


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
    "told",
    [
        *(b"", b"[]", b"{}", b"[" * 10_000, b"\xff", b'{"history": 1, "num_lanes": 1, "note": ""}'),
        b'{"history": 1.5, "num_lanes": 1, "note": "", "convention": null}',
    ],
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


class Wire(Channel):
    """A channel whose other side is in this process; `tamper` says what arrives instead of an answer."""

    def __init__(self, tamper):
        ours, self._theirs = os.pipe()
        super().__init__(ours, os.dup(ours))
        self._tamper, self._memory = tamper, open_memory()
        self._server = PolicyServer(lambda *layout: SharedArrays(self._memory, *layout))
        self._guilty = False

    def send(self, kind, payload=b""):
        if kind == RESET:
            self._guilty = json.loads(payload)["seed"] == GUILTY
        status, content = self._server.answered(kind, payload)
        answer = HEAD.pack(status, len(content)) + content
        pieces = self._tamper(answer) if self._guilty and kind == ACT else [answer]
        for piece in pieces:
            if piece is None:
                os.close(self._theirs)
            else:
                os.write(self._theirs, piece)


class InMemory:
    """A policy's side in this process."""

    def __init__(self, tamper):
        self.channel = Wire(tamper)

    def arrays(self, width, fields, action):
        fix_size(self.channel._memory, memory_size(width, fields, action))
        return SharedArrays(self.channel._memory, width, fields, action)

    def ended(self):
        return "exit code 1"

    def kill(self):
        pass

    def close(self):
        self.channel.close()


GUILTY = 3
GOOD = HEAD.pack(DONE, 2) + b"\x01\x00"


def flipped(at, byte):
    return [GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]]


def told(kind, content):
    return [HEAD.pack(kind, len(content)) + content]


PLACES = st.integers(0, len(GOOD) - 1)
MUTATIONS = st.one_of(
    st.lists(st.binary(min_size=1, max_size=40), max_size=2),
    st.builds(flipped, PLACES, st.integers(0, 255)),
    st.builds(lambda at: [GOOD[:at], None], PLACES),
    st.builds(lambda at: [GOOD[:at]], PLACES),
    st.builds(told, st.sampled_from([b"d", b"f", b"l", b"x"]), st.binary(max_size=30)),
    st.builds(lambda rest: [GOOD, rest], st.binary(min_size=1, max_size=9)),
    st.sampled_from([[GOOD, GOOD], [None], [HEAD.pack(DONE, 2**32 - 1)]]),
)
"""What arrives in place of a good answer, piece by piece; None closes the pipe."""


def played_over(tamper, lanes):
    """Returns the records of four episodes, the second of them tampered with."""
    spec = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")
    load = lambda count: GuestHost(InMemory(tamper), spec, HARBOR, count, 0.02, 5.0)  # noqa: E731
    player = LanePlayer(HARBOR, load, lanes, Watch())
    episodes = iter([Episode(EpisodeId(HARBOR.id, "test", n, 0), 2 + n) for n in range(4)])
    records = list(player.play(lambda: next(episodes, None)))
    while player.suspects:
        records += player.play_alone(player.suspects.popleft())
    player.close()
    return {record.policy_seed: record for record in records}


@cache
def undisturbed():
    return played_over(lambda answer: [answer], 1)


@settings(max_examples=40)
@given(MUTATIONS, st.sampled_from([1, 4]))
def test_whatever_comes_over_the_wire_is_the_fault_of_one_episode_or_of_none(mutation, lanes):
    clean = undisturbed()
    records = played_over(lambda answer: mutation, lanes)
    assert records.keys() == clean.keys()
    assert all(records[seed].digest() == clean[seed].digest() for seed in clean if seed != GUILTY)
    assert records[GUILTY].status in {"ok", "policy_error", "timeout", "invalid_action"}
