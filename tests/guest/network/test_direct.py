from __future__ import annotations

import socket
import threading

import pytest

from ilbench.guest.channel import ACT, DONE, FAULT, LOAD, RESET, ChannelBrokenError, ChannelClosedError
from ilbench.guest.network.channel import SocketChannel
from ilbench.guest.network.direct import ServedClient

FIELDS, ACTION = [("state", (2, 3), "<f4")], ((1,), "float32")


@pytest.fixture
def client():
    listener = socket.create_server(("127.0.0.1", 0))
    channel = SocketChannel(socket.create_connection(listener.getsockname()))
    handed_over, _ = listener.accept()
    channel.served = ServedClient(handed_over.fileno())
    handed_over.close()
    answer = threading.Thread(target=channel.served.answer, args=(lambda kind, payload: (DONE, kind * 3),))
    answer.start()
    yield channel
    channel.close()
    answer.join(5)
    assert not answer.is_alive()
    listener.close()


def test_what_a_client_asks_is_answered_on_its_own_connection(client):
    client.send(RESET, b"{}")
    assert client.receive(5.0) == (DONE, b"rrr")


@pytest.mark.parametrize("kind", [LOAD, DONE, b"o", b"x"])
def test_a_client_cannot_have_another_policy_loaded(client, kind):
    client.send(kind, b"{}")
    status, why = client.receive(5.0)
    assert (status, why[:30]) == (FAULT, b"the client broke the protocol:")
    with pytest.raises(ChannelClosedError):
        client.receive(5.0)


def test_rows_that_make_no_sense_end_the_connection(client):
    client.served.make_arrays(2, FIELDS, ACTION)
    client.send(ACT, b"\x09\x00\x01\x00")
    assert b"9 lanes; expected 1 to 2" in client.receive(5.0)[1]


@pytest.mark.parametrize(
    "fields", [[("s", (3, 3), "<f4")], [("s", (2, -1), "<f4")], [("s", (2, 1 << 40), "u1")]]
)
def test_arrays_that_no_client_needs_are_not_made(client, fields):
    with pytest.raises(ChannelBrokenError, match="its task"):
        client.served.make_arrays(2, fields, ACTION)
