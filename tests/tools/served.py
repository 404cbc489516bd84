"""Servers of policies on 127.0.0.1 for tests, and a proxy that breaks connections."""

from __future__ import annotations

import math
import os
import select
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from ilbench.contract.policy_spec import PolicySpec
from ilbench.guest.arrays import SharedArrays, memory_size
from ilbench.guest.channel import Channel
from ilbench.guest.network.greeting import Address
from ilbench.guest.network.listening import Server
from ilbench.guest.network.relay import Offer, ServedPolicy
from ilbench.guest.serve import serve
from ilbench.processes import fix_size, open_memory
from ilbench.runner.hosts.guest import load_message
from ilbench.runner.serving import make_offer
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.submission_info import SubmissionInfo
from ilbench.testing.toys import HARBOR

GUESTS = str(Path(__file__).parents[1] / "guests")
HERE = Address("127.0.0.1", 0)
RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")


class ThreadGuest:
    """A policy's side in a thread of this process: the code of a policy's process, started in no time."""

    def __init__(self, kept=()):
        self._memory = open_memory()
        (read_ours, write_theirs), (read_theirs, write_ours) = os.pipe(), os.pipe()
        self.channel = Channel(read_ours, write_ours)
        theirs = Channel(read_theirs, write_theirs)
        threading.Thread(
            target=serve, args=(theirs, partial(SharedArrays, self._memory)), daemon=True
        ).start()

    def arrays(self, width, fields, action):
        fix_size(self._memory, memory_size(width, fields, action))
        return SharedArrays(self._memory, width, fields, action)

    def ended(self):
        return "exit code 1"

    def kill(self):
        self.close()

    def close(self):
        self.channel.close()


def submission(spec=RANDOM, task=HARBOR, digest="0" * 32):
    info = SubmissionInfo(name="random", kind="baseline", entry="random", digest=digest)
    return Submission(info=info, policies={task.id: spec})


def offer_of(spec=RANDOM, task=HARBOR, start=ThreadGuest, digest="0" * 32, **how):
    """Returns what a server offers of a policy, which lives in a thread if nothing else is said."""
    offer = make_offer(submission(spec, task, digest), **how)
    return offer._replace(policies={task.id: ServedPolicy(load_message(spec), start)})


@contextmanager
def serving(offer: Offer, address=HERE, certificate=None):
    """Serves what is offered meanwhile; gives the server, which listens already."""
    server = Server(address, offer, certificate)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(20)


@contextmanager
def serving_openpi(spec=RANDOM, **how):
    """Serves a policy to clients of openpi meanwhile; gives the address."""
    from ilbench.runner.wires.openpi_server import OpenpiServer  # needs packages that not every test needs

    server = OpenpiServer(HERE, spec, HARBOR, {"name": "random", "digest": "ab"}, **how)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server.address
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def proxy(target, *drops, resets=False):
    """Passes bytes on to a server; gives its address.

    Args:
        target: Where the server is.
        *drops: After so many bytes from the server the first connection ends, the second, and so on;
            later ones are left alone, and so is one of None.
        resets: They end by a reset, and not in order.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    stopped, left = threading.Event(), list(drops)

    def accept():
        while not stopped.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            server = socket.create_connection((target.host, target.port))
            limit = left.pop(0) if left else None
            how = (client, server, math.inf if limit is None else limit, resets)
            threading.Thread(target=pump, args=how, daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        thread.join(5)
        listener.close()


def pump(client, server, limit, resets):
    """Passes bytes on until one side ends, or ends both after so many from the server."""
    pairs = {client: server, server: client}
    with client, server, suppress(OSError):
        while limit > 0:
            for source in select.select(list(pairs), [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                limit -= len(data) if source is server else 0
                if limit > 0:
                    pairs[source].sendall(data)
        if resets:
            for sock in pairs:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
