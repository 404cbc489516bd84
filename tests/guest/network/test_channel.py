from __future__ import annotations

import socket
import threading
import time

import numpy as np
import pytest

from ilbench.guest.arrays import SharedArrays
from ilbench.guest.channel import (
    ACT,
    DONE,
    FAULT,
    HEAD,
    MAX_MESSAGE,
    RESET,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelTimeoutError,
    pack_lanes,
)
from ilbench.guest.network import channel as module
from ilbench.guest.network.channel import SocketChannel, from_json, to_json

FIELDS = [("state", (8, 3), "<f4"), ("image", (8, 96, 96, 3), "|u1")]


def connected():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        return ours, listener.accept()[0]


@pytest.fixture
def sockets():
    pair = connected()
    yield pair
    for sock in pair:
        sock.close()


@pytest.fixture
def ends(sockets):
    return tuple(map(SocketChannel, sockets))


@pytest.fixture
def carrying(ends):
    arrays = [SharedArrays(-1, 8, FIELDS, ((2,), "<f4")) for _ in ends]
    for end, own in zip(ends, arrays, strict=True):
        end.carry(own, 8)
    return *ends, *arrays


@pytest.mark.parametrize("size", [0, 1, 65_531, 65_532, MAX_MESSAGE])
def test_a_message_arrives_whole_whatever_its_size(ends, size):
    sender = threading.Thread(target=ends[0].send, args=(RESET, b"x" * size))
    sender.start()
    assert ends[1].receive(5.0) == (RESET, b"x" * size)
    sender.join()


def test_observations_come_with_a_question_and_actions_with_its_answer(carrying):
    ours, theirs, mine, other = carrying
    mine.observations["image"][2] = 7
    asker = threading.Thread(target=ours.send, args=(ACT, pack_lanes([0, 2])))
    asker.start()
    assert theirs.receive(5.0) == (ACT, pack_lanes([0, 2]))
    asker.join()
    assert other.observations["image"][2].min() == 7
    other.actions(1)[2] = 0.5
    theirs.answer(DONE, pack_lanes([1, 1]))
    assert ours.receive(5.0) == (DONE, pack_lanes([1, 1]))
    assert mine.actions(1)[:3, 0].tolist() == [[0, 0], [0, 0], [0.5, 0.5]]


def test_what_follows_a_fault_is_no_answer_with_actions(carrying):
    ours, theirs, *_ = carrying
    ours.send(ACT, pack_lanes([0]))
    theirs.receive(5.0)
    theirs.answer(FAULT, b"why")
    assert ours.receive(5.0) == (FAULT, b"why")
    ours.send(RESET, b"{}")
    theirs.receive(5.0)
    theirs.answer(DONE, b"")
    assert ours.receive(5.0) == (DONE, b"")


def test_silence_is_told_after_the_time_given(ends):
    start = time.monotonic()
    with pytest.raises(ChannelTimeoutError):
        ends[0].receive(0.01)
    assert time.monotonic() - start < 5


def test_a_closed_other_side_is_told_to_reader_and_writer(ends):
    ends[1].close()
    with pytest.raises(ChannelClosedError, match="closed the connection"):
        ends[0].receive(1.0)
    with pytest.raises(ChannelClosedError):
        ends[0].send(ACT, bytes(1 << 24))


def test_a_message_that_claims_to_be_endless_is_not_waited_for(ends, sockets):
    sockets[1].sendall(HEAD.pack(DONE, MAX_MESSAGE + 1))
    with pytest.raises(ChannelBrokenError, match="expected at most"):
        ends[0].receive(1.0)


@pytest.mark.parametrize("length", [0, 3, 4 + 2, 4 + 2 + 7, 4 + 2 + 9, 1 << 31])
def test_an_answer_of_another_size_is_none(carrying, sockets, length):
    carrying[0].send(ACT, pack_lanes([0]))
    carrying[1].receive(5.0)
    sockets[1].sendall(HEAD.pack(DONE, length) + b"\x02\x00\x00\x00\x01\x00" + bytes(20))
    with pytest.raises(ChannelBrokenError):
        carrying[0].receive(1.0)


@pytest.mark.parametrize("payload", [b"\x00\x00", b"\x09\x00", b"\x01\x00\x08\x00", b"\x01\x00\x00\x00"])
def test_a_question_about_lanes_that_there_are_not_is_none(carrying, sockets, payload):
    sockets[0].sendall(HEAD.pack(ACT, len(payload)) + payload + bytes(20))
    with pytest.raises(ChannelBrokenError):
        carrying[1].receive(1.0)


def test_bytes_after_a_message_are_none_of_it(ends, sockets):
    sockets[1].sendall(HEAD.pack(DONE, 1) + b"xy")
    with pytest.raises(ChannelBrokenError, match="1 bytes follow a message"):
        ends[0].receive(1.0)


def test_what_is_said_unasked_is_noticed(ends):
    ends[1].check_quiet()
    assert ends[1].is_open()
    ends[0].send(RESET, b"")
    with pytest.raises(ChannelBrokenError, match="before it was asked for"):
        ends[1].check_quiet()
    assert not ends[1].is_open()


def test_a_wait_ends_with_who_is_waited_for(ends):
    ends[0].is_alive = lambda: False
    with pytest.raises(ChannelClosedError, match="it is gone"):
        ends[0].receive(60.0)


def test_one_that_takes_nothing_is_given_up(ends, monkeypatch):
    monkeypatch.setattr(module, "SEND_S", 0.1)
    with pytest.raises(ChannelClosedError, match=r"took nothing for 0\.1 s"):
        ends[0].send(RESET, bytes(1 << 24))


def test_an_aborted_connection_ends_a_wait_in_another_thread(ends):
    threading.Timer(0.05, ends[0].abort).start()
    with pytest.raises(ChannelClosedError):
        ends[0].receive(30.0)


def test_a_table_in_json_comes_back(ends):
    assert from_json(to_json({"a": [1]})) == {"a": [1]}
    for other in (b"[1]", b"", b"\xff", b"[" * 100_000):
        with pytest.raises(ChannelBrokenError, match="expected a table"):
            from_json(other)


def test_rows_keep_their_bits(carrying):
    ours, theirs, mine, other = carrying
    rng = np.random.default_rng(0)
    mine.observations["state"][...] = rng.normal(size=(8, 3))
    ours.send(ACT, pack_lanes(range(1)))
    theirs.receive(5.0)
    assert other.observations["state"][0].tobytes() == mine.observations["state"][0].tobytes()
