from __future__ import annotations

import os
import threading
import time

import pytest

from ilbench.guest import channel as channel_module
from ilbench.guest.channel import (
    ACT,
    HEAD,
    MAX_MESSAGE,
    SLICE_S,
    Channel,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelTimeoutError,
    pack_lanes,
    unpack_lanes,
)


@pytest.fixture
def ends():
    (read_a, write_b), (read_b, write_a) = os.pipe(), os.pipe()
    return Channel(read_a, write_a), Channel(read_b, write_b)


@pytest.mark.parametrize("size", [0, 1, 4091, 4092, 60_000])
def test_a_message_arrives_whole_whatever_its_size(ends, size):
    ends[0].send(ACT, b"x" * size)
    assert ends[1].receive(1.0) == (ACT, b"x" * size)


def test_silence_is_told_after_the_time_given(ends):
    with pytest.raises(ChannelTimeoutError):
        ends[0].receive(0.01)


def test_a_closed_other_side_is_told_to_reader_and_writer(ends):
    ends[1].close()
    with pytest.raises(ChannelClosedError):
        ends[0].receive(1.0)
    with pytest.raises(ChannelClosedError):
        ends[0].send(ACT, b"")


def test_a_message_that_claims_to_be_endless_is_not_waited_for(ends):
    os.write(ends[0]._write_fd, HEAD.pack(ACT, MAX_MESSAGE + 1))
    with pytest.raises(ChannelBrokenError, match="expected at most"):
        ends[1].receive(1.0)


@pytest.mark.parametrize("half", [b"a", HEAD.pack(ACT, 3), HEAD.pack(ACT, 3) + b"xy"])
def test_half_a_message_is_not_waited_for_longer_than_a_whole_one(ends, half):
    os.write(ends[0]._write_fd, half)
    with pytest.raises(ChannelTimeoutError):
        ends[1].receive(0.05)


def test_who_dribbles_has_no_more_time_than_who_is_silent(ends):
    dribble = threading.Thread(target=drip, args=(ends[0],))
    dribble.start()
    start = time.monotonic()
    with pytest.raises(ChannelTimeoutError):
        ends[1].receive(0.2)
    assert time.monotonic() - start < 1.0
    dribble.join()


def drip(channel):
    for byte in HEAD.pack(ACT, 50) + bytes(15):
        os.write(channel._write_fd, bytes([byte]))
        time.sleep(0.02)


def test_bytes_after_a_message_are_none_of_it(ends):
    os.write(ends[0]._write_fd, HEAD.pack(ACT, 1) + b"xy")
    with pytest.raises(ChannelBrokenError, match="1 bytes follow a message"):
        ends[1].receive(1.0)


def test_what_is_said_unasked_is_noticed(ends):
    ends[1].check_quiet()
    ends[0].send(ACT, b"")
    with pytest.raises(ChannelBrokenError, match="before it was asked for"):
        ends[1].check_quiet()
    ends[1].close()
    with pytest.raises(ChannelClosedError):
        ends[0].check_quiet()


def test_a_wait_ends_with_who_is_waited_for_though_another_holds_the_pipe(ends):
    ends[0].is_alive = lambda: False
    with pytest.raises(ChannelClosedError):
        ends[0].receive(60.0)


def test_a_wait_in_which_this_process_was_stopped_does_not_count(ends, monkeypatch):
    times = iter([0.0, 3600.0])  # stopped for an hour in the first slice
    monkeypatch.setattr(channel_module.time, "monotonic", lambda: next(times, 3600.0 + SLICE_S))
    ends[0].is_alive = lambda: bool(os.write(ends[1]._write_fd, HEAD.pack(ACT, 0)))
    assert ends[0].receive(2 * SLICE_S) == (ACT, b"")


def test_closing_twice_is_closing_once(ends):
    ends[0].close()
    other = os.dup(ends[1]._read_fd)  # takes the number that has become free
    ends[0].close()
    os.fstat(other)
    os.close(other)


@pytest.mark.parametrize("lanes", [[0], [0, 255, 256, 1023], list(range(1024))])
def test_lanes_beyond_255_are_told_apart(lanes):
    assert list(unpack_lanes(pack_lanes(lanes))) == lanes
