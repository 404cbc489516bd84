from __future__ import annotations

import socket
from multiprocessing.connection import Connection

import pytest

from ilbench.runner.fleets.fleet import Message
from ilbench.runner.fleets.local_worker import SocketMailbox


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    return Connection(ours.detach()), SocketMailbox(Connection(theirs.detach()))


def test_mail_comes_and_goes(ends):
    connection, mailbox = ends
    assert not mailbox.waiting()
    connection.send_bytes(Message({"play": []}).pack())
    assert mailbox.waiting()
    assert mailbox.receive() == Message({"play": []})
    mailbox.send(Message({"number": 1}, b"film"))
    assert Message.unpack(connection.recv_bytes()) == Message({"number": 1}, b"film")


def test_a_mailbox_that_nobody_writes_to_any_more_says_so(ends):
    connection, mailbox = ends
    connection.close()
    with pytest.raises(EOFError):
        mailbox.receive()
    with pytest.raises(OSError, match="Broken pipe"):
        mailbox.send(Message())
