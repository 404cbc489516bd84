from __future__ import annotations

import socket

import pytest

from ilbench.runner.fleets.fleet import Message
from ilbench.runner.fleets.letters import LetterReader, sealed_letter
from ilbench.runner.fleets.local_worker import SocketMailbox


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield ours, SocketMailbox(theirs)
    ours.close()
    theirs.close()


def test_mail_comes_and_goes(ends):
    ours, mailbox = ends
    assert not mailbox.waiting()
    ours.sendall(2 * sealed_letter(Message({"play": []}).pack()))
    for _ in range(2):
        assert mailbox.waiting()
        assert mailbox.receive() == Message({"play": []})
    mailbox.send(Message({"number": 1}, b"film"))
    assert Message.unpack(LetterReader().read(ours)) == Message({"number": 1}, b"film")


def test_a_mailbox_that_nobody_writes_to_any_more_says_so(ends):
    ours, mailbox = ends
    ours.close()
    with pytest.raises(EOFError):
        mailbox.receive()
    with pytest.raises(OSError, match="Broken pipe"):
        mailbox.send(Message())
