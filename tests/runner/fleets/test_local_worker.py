from __future__ import annotations

import os
import socket

import pytest

from ilbench.runner.fleets.fleet import Message
from ilbench.runner.fleets.letters import LetterReader, sealed_letter
from ilbench.runner.fleets.local_worker import LOST_SOCKET, SocketMailbox


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


def test_a_socket_that_foreign_code_has_closed_ends_the_process_with_a_code_of_its_own(ends):
    _, mailbox = ends
    os.close(mailbox._connection.detach())
    for act in (mailbox.receive, lambda: mailbox.send(Message())):
        with pytest.raises(SystemExit) as ended:
            act()
        assert ended.value.code == LOST_SOCKET
