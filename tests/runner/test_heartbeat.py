from __future__ import annotations

import sys
import threading
import time

import pytest

from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes
from ilbench.runs.identity import EpisodeId

EPISODE = EpisodeId("a/b-v1", "test", 0, 0)


@pytest.fixture
def heartbeat():
    return Heartbeat(bytearray(heartbeat_bytes(1024)))


def test_a_new_heartbeat_shows_an_idle_worker(heartbeat):
    assert heartbeat.status() == ("idle", 0.0, ())


@pytest.mark.parametrize("lane", [0, 3, 1023])
def test_phase_silence_and_live_episodes_are_shown(heartbeat, lane):
    heartbeat.numbers[EPISODE] = 7
    heartbeat.begin(lane, EPISODE)
    heartbeat.enter("policy")
    time.sleep(0.02)
    phase, silent_s, live = heartbeat.status()
    assert (phase, live) == ("policy", (7,))
    assert silent_s >= 0.02


def test_an_idle_worker_is_not_silent(heartbeat):
    heartbeat.enter("env")
    heartbeat.clear()
    time.sleep(0.01)
    assert heartbeat.status() == ("idle", 0.0, ())


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
