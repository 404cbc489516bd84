"""The fleet of this machine, with real processes."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.fleets.fleet import GarbledMailError, Message, WorkerConfig, WorkerDiedError
from ilbench.runner.fleets.letters import sealed_letter
from ilbench.runner.fleets.local import LocalFleet
from ilbench.runs.identity import EpisodeId

RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")


@pytest.fixture
def fleet():
    fleet = LocalFleet()
    yield fleet
    fleet.close()


def config():
    return WorkerConfig(tasks={IDLE.id: IDLE}, policies={IDLE.id: RANDOM}, num_lanes=2, timeout_s=5.0)


@pytest.fixture
def link(fleet):
    link = fleet.start(config())
    yield link
    link.kill(at_once=True)


def until(true, patience_s=20.0):
    deadline = time.monotonic() + patience_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def heard(fleet, link):
    """Returns the next message of a worker."""
    while (message := link.receive()) is None:
        fleet.wait([link], 1.0)
    return message


def play(link, count):
    episodes = [[number, EpisodeId(IDLE.id, "test", 0, number), 7] for number in range(count)]
    link.send(Message({"play": episodes, "alone": False}))


def test_a_worker_plays_what_it_is_sent(fleet, link):
    play(link, 3)
    assert sorted(heard(fleet, link).content["number"] for _ in range(3)) == [0, 1, 2]


def test_a_worker_that_has_nothing_to_do_is_idle_and_says_nothing(fleet, link):
    assert link.status().phase == "load"
    assert until(lambda: link.status().phase == "idle")
    assert fleet.wait([link], 0.05) == []
    assert link.status().live == ()


def test_a_killed_worker_is_ready_and_dead_and_says_how(fleet, link):
    os.kill(link._process.pid, signal.SIGKILL)  # while it imports what it needs
    assert link.status().live == ()
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
    heard(fleet, link)
    link.socket.close()
    assert until(link.has_ended)
    assert link._process.returncode == 0


def test_a_worker_that_is_stopped_keeps_nobody_from_sending(fleet, link):
    os.kill(link._process.pid, signal.SIGSTOP)
    for _ in range(40):
        link.send(Message({"play": [[0, "x" * 100_000, 7]]}))
    assert fleet.wait([link], 0.05) == []


def test_half_a_message_is_not_waited_for_and_none_is_told(fleet, link):
    theirs = socket.socket(fileno=os.dup(link.socket.fileno()))
    link.socket, ours = socket.socketpair()
    link.socket.setblocking(False)
    ours.sendall(sealed_letter(b"nonsense")[:-1])
    assert link.receive() is None
    ours.sendall(b"e")
    with pytest.raises(GarbledMailError, match="no message"):
        link.receive()
    ours.close()
    with pytest.raises(GarbledMailError, match="closed its socket"):
        link.receive()
    theirs.close()


LEAVES_A_CHILD = "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nos._exit(7)"


def test_a_worker_whose_child_holds_the_socket_is_dead_all_the_same(fleet, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(LEAVES_A_CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    link = fleet.start(config())
    assert until(link.has_ended)
    assert fleet.wait([link], 1.0) == [link]
    with pytest.raises(WorkerDiedError):
        link.receive()
    assert link.kill(at_once=False) == "exit code 7"


def test_every_worker_has_a_temporary_folder_that_goes_with_it_and_then_the_fleets(fleet, link):
    folder = Path(link._folder)
    assert folder.is_dir()
    link.kill(at_once=True)
    assert not folder.exists()
    fleet.close()
    assert not folder.parent.exists()
