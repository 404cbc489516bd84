from __future__ import annotations

import socket
import threading
import time

import pytest
import served

from ilbench.guest.channel import LOAD, ChannelClosedError
from ilbench.guest.network.channel import to_json
from ilbench.guest.network.greeting import Address, connect
from ilbench.guest.network.listening import Server
from ilbench.testing.toys import HARBOR


def test_a_server_on_port_0_says_which_it_got():
    with served.serving(served.offer_of()) as server:
        assert server.address.port > 0
        connect(server.address, "")[0].close()


def test_an_address_where_nothing_can_listen_is_an_error_of_the_system():
    with pytest.raises(OSError):
        Server(Address("203.0.113.1", 0), served.offer_of())


def test_who_speaks_something_else_disturbs_nobody():
    with served.serving(served.offer_of()) as server:
        stranger = socket.create_connection((server.address.host, server.address.port))
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connect(server.address, "")[0].close()
        stranger.close()


def test_stopping_ends_every_connection():
    server = Server(served.HERE, served.offer_of())
    thread = threading.Thread(target=server.serve)
    thread.start()
    client, _ = connect(server.address, "")
    client.send(LOAD, to_json({"num_lanes": 8, "width": 8, "task": HARBOR.id}))
    client.receive(10.0)
    server.stop()
    with pytest.raises(ChannelClosedError):
        client.receive(10.0)
    thread.join(10)
    assert not thread.is_alive()


def test_a_policy_ends_when_its_client_leaves_in_the_middle_of_a_call():
    closed = threading.Event()

    class Watched(served.ThreadGuest):
        def close(self):
            super().close()
            closed.set()

    with served.serving(served.offer_of(start=Watched)) as server:
        client, _ = connect(server.address, "")
        client.send(LOAD, to_json({"num_lanes": 8, "width": 8, "task": HARBOR.id}))
        client.receive(10.0)
        start = time.monotonic()
        client.close()
        assert closed.wait(10)
        assert time.monotonic() - start < 5
