from __future__ import annotations

import os
import sys
import threading
import time

import pytest

from ilbench.runner.worker import BOARD_BYTES, Board
from ilbench.runs.identity import EpisodeId

EPISODE = EpisodeId("a/b-v1", "test", 0, 0)


@pytest.fixture
def board():
    fd = os.memfd_create("board")
    os.ftruncate(fd, BOARD_BYTES)
    board = Board(fd)
    board.clear()
    return board


def test_a_board_shows_phase_silence_and_live_episodes(board):
    board.numbers[EPISODE] = 7
    board.begin(3, EPISODE)
    board.enter("policy")
    time.sleep(0.02)
    assert (board.phase(), board.live()) == ("policy", [7])
    assert board.silent_s() >= 0.02


def test_an_idle_worker_is_not_silent(board):
    board.enter("env")
    board.clear()
    time.sleep(0.01)
    assert (board.phase(), board.silent_s(), board.live()) == ("idle", 0.0, [])


def test_a_reader_at_any_moment_sees_no_hang_that_is_not_there(board):
    """The executor reads while the worker writes; threads that switch often stand for the two."""
    before, stop = sys.getswitchinterval(), threading.Event()
    sys.setswitchinterval(1e-6)

    def work():
        while not stop.is_set():
            board.enter("policy")
            board.enter("env")
            board.clear()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        seen = [(board.phase(), board.silent_s()) for _ in range(20_000)]
    finally:
        stop.set()
        writer.join()
        sys.setswitchinterval(before)
    assert {phase for phase, _ in seen} <= {"idle", "env", "policy"}
    assert max(silent for _, silent in seen) < 1.0
