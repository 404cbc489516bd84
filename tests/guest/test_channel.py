from __future__ import annotations

import os

import pytest

from ilbench.guest.channel import (
    ACT,
    HEAD,
    MAX_MESSAGE,
    Channel,
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
    with pytest.raises(ChannelClosedError):
        ends[1].receive(1.0)


@pytest.mark.parametrize("lanes", [[0], [0, 255, 256, 1023], list(range(1024))])
def test_lanes_beyond_255_are_told_apart(lanes):
    assert list(unpack_lanes(pack_lanes(lanes))) == lanes
