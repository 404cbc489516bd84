from __future__ import annotations

import math
import sys
import threading
import time
from typing import get_args

import pytest

from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes
from ilbench.runner.lanes import Phase
from ilbench.runs.identity import EpisodeId

EPISODE = EpisodeId("a/b-v1", "test", 0, 0)


@pytest.fixture
def heartbeat():
    return Heartbeat(bytearray(heartbeat_bytes(1024)))


def test_a_new_heartbeat_shows_a_worker_that_is_on_its_way_and_plays_nothing(heartbeat):
    phase, silent_s, live = heartbeat.status()
    assert (phase, live) == ("load", ())
    assert 0.0 <= silent_s < 5.0


@pytest.mark.parametrize("phase", get_args(Phase))
@pytest.mark.parametrize("lane", [0, 3, 1023])
def test_phase_silence_and_live_episodes_are_shown(heartbeat, lane, phase):
    heartbeat.numbers[EPISODE] = 7
    heartbeat.begin(lane, EPISODE)
    heartbeat.enter(phase)
    time.sleep(0.02)
    shown, silent_s, live = heartbeat.status()
    assert (shown, live) == (phase, (7,))
    assert silent_s >= 0.02


def test_an_idle_worker_plays_nothing(heartbeat):
    heartbeat.numbers[EPISODE] = 7
    heartbeat.begin(0, EPISODE)
    heartbeat.clear()
    assert heartbeat.status()._replace(silent_s=0.0) == ("idle", 0.0, ())


@pytest.mark.parametrize("nonsense", [-1.0, 7.0, math.nan, math.inf])
@pytest.mark.parametrize("cell", [0, 1, 2])
def test_what_foreign_code_writes_there_hides_no_worker(cell, nonsense):
    memory = bytearray(heartbeat_bytes(1))
    heartbeat = Heartbeat(memory)
    memoryview(memory).cast("d")[cell] = nonsense
    phase, silent_s, live = heartbeat.status()
    assert phase in get_args(Phase)
    assert silent_s >= 0.0
    assert live in ((), (7,))


def test_what_was_played_in_vain_is_passed_on(heartbeat):
    told = []
    heartbeat.on_retry = lambda *attempt: told.append(attempt)
    heartbeat.retry(EPISODE, "policy_error", "why")
    assert told == [(EPISODE, "policy_error", "why")]


def test_a_reader_at_any_moment_sees_no_hang_that_is_not_there(heartbeat):
    """The scheduler reads while the worker writes; threads that switch often stand for the two."""
    before, stop = sys.getswitchinterval(), threading.Event()
    sys.setswitchinterval(1e-6)

    def work():
        while not stop.is_set():
            heartbeat.enter("policy")
            heartbeat.enter("env")
            heartbeat.clear()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        seen = [heartbeat.status() for _ in range(2_000)]
    finally:
        stop.set()
        writer.join()
        sys.setswitchinterval(before)
    assert {status.phase for status in seen} <= {"idle", "env", "policy"}
    assert max(status.silent_s for status in seen) < 5.0
