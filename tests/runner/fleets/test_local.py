"""The fleet of this machine, with real processes."""

from __future__ import annotations

import os
import signal
import time

import pytest

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.fleets.fleet import Message, WorkerConfig, WorkerDiedError
from ilbench.runner.fleets.local import LocalFleet
from ilbench.runs.identity import EpisodeId

RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")


@pytest.fixture
def fleet():
    return LocalFleet()


@pytest.fixture
def link(fleet):
    config = WorkerConfig(tasks={IDLE.id: IDLE}, policies={IDLE.id: RANDOM}, num_lanes=2, timeout_s=5.0)
    link = fleet.start(config)
    yield link
    link.kill(at_once=True)


def play(link, count):
    episodes = [[number, EpisodeId(IDLE.id, "test", 0, number), 7] for number in range(count)]
    link.send(Message({"play": episodes, "alone": False}))


def test_a_worker_plays_what_it_is_sent(fleet, link):
    play(link, 3)
    assert fleet.wait([link], 60.0) == [link]
    assert sorted(link.receive().content["number"] for _ in range(3)) == [0, 1, 2]


def test_a_worker_that_has_nothing_to_do_is_idle_and_says_nothing(fleet, link):
    assert fleet.wait([link], 0.05) == []
    assert link.status() == ("idle", 0.0, ())


def test_a_killed_worker_is_ready_and_dead_and_says_how(fleet, link):
    os.kill(link._process.pid, signal.SIGKILL)
    assert fleet.wait([link], 10.0) == [link]
    with pytest.raises(WorkerDiedError):
        link.receive()
    assert link.kill(at_once=False) == "killed by signal 9"


def test_nothing_can_be_sent_to_the_dead(link):
    link.kill(at_once=True)
    with pytest.raises(WorkerDiedError):
        play(link, 1)


def test_a_worker_ends_when_its_scheduler_is_gone(fleet, link):
    play(link, 1)
    link.receive()
    link.connection.close()
    deadline = time.monotonic() + 20
    while link._process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert link._process.returncode == 0
