"""The policy's side of the wire, served by a thread here: the same loop that its process runs."""

from __future__ import annotations

import json
import os
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ilbench.guest.answers import unpack_answer
from ilbench.guest.arrays import SharedArrays, memory_size
from ilbench.guest.channel import ACT, DONE, FAULT, LOAD, RESET, TASK, Channel, pack_lanes
from ilbench.guest.serve import _before_libraries, serve
from ilbench.processes import open_memory

GUESTS = str(Path(__file__).parents[1] / "guests")
FIELDS = [("state", (8, 4), "<f4")]
TASK_TOLD = {"action": {"shape": [2], "dtype": "float32", "low": None, "high": None, "num_actions": None}}


@pytest.fixture
def channel():
    (ours, theirs_out), (theirs, ours_out) = os.pipe(), os.pipe()
    action = ((2,), "float32")
    fd = open_memory(memory_size(8, FIELDS, action))
    server = threading.Thread(
        target=serve,
        args=(Channel(theirs, theirs_out), partial(SharedArrays, fd)),
    )
    server.start()
    channel = Channel(ours, ours_out)
    channel.arrays = SharedArrays(fd, 8, FIELDS, action)
    yield channel
    channel.close()
    server.join(5)


def ask(channel, kind, payload):
    channel.send(kind, payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return channel.receive(10)


def load(channel, policy):
    entry = {
        "load": f"manners:{policy}",
        "arguments": {},
        "search_path": [GUESTS],
        "width": 8,
        "num_lanes": 2,
    }
    return ask(channel, LOAD, entry)


def test_a_policy_is_loaded_reset_and_asked(channel):
    told = {"history": 1, "num_lanes": 2, "note": "", "convention": None}
    assert json.loads(load(channel, "Wanderer")[1]) == told
    assert ask(channel, TASK, {"task": TASK_TOLD, "fields": FIELDS}) == (DONE, b"")
    assert ask(channel, RESET, {"lane": 1, "seed": 4}) == (DONE, b"")
    channel.arrays.observations["state"][1] = 1
    assert ask(channel, ACT, pack_lanes([1])) == (DONE, b"\x01\x00")
    expected = np.random.default_rng(4).normal([0.0, 0.008], 0.006).astype(np.float32)
    assert (channel.arrays.actions(1)[1] == expected).all()


def test_what_a_policy_raises_is_answered_and_does_not_end_the_conversation(channel):
    kind, told = load(channel, "NoSuchPolicy")
    assert (kind, b"AttributeError" in told) == (FAULT, True)
    assert ask(channel, ACT, pack_lanes([0]))[0] == FAULT
    assert json.loads(load(channel, "Remembers")[1])["history"] == 3


def test_an_error_that_no_message_can_hold_is_answered_too(channel, tmp_path, monkeypatch):
    (tmp_path / "unspeakable.py").write_text("raise ValueError('\\x1b[2J\\ud800gone')")
    monkeypatch.syspath_prepend(tmp_path)
    kind, told = ask(channel, LOAD, {"load": "unspeakable:Policy", "arguments": {}, "search_path": []})
    assert kind == FAULT
    assert told.startswith(b"ValueError: [2Jgone (unspeakable.py:1")


def test_what_one_lane_raises_is_told_beside_the_lengths_of_the_others(channel):
    load(channel, "OneAtATime")
    ask(channel, TASK, {"task": {**TASK_TOLD, "horizon": 7}, "fields": FIELDS})
    ask(channel, RESET, {"lane": 1, "seed": 4})
    kind, answer = ask(channel, ACT, pack_lanes([0, 1]))
    lengths, faults = unpack_answer(answer, [0, 1], 8)
    assert (kind, lengths[1], faults.keys()) == (DONE, 1, {0})
    assert faults[0].reason.startswith("AttributeError: 'OneAtATime' object has no attribute '_rng'")


def test_a_policys_folders_come_after_the_standard_library_and_before_what_is_installed():
    assert _before_libraries(["/lib/python3.8", "/venv/lib/site-packages", "/usr/dist-packages"]) == 1
    assert _before_libraries(["/lib/python3.8"]) == 1
