"""The server's side of one connection: a client there, a policy's process here, and messages between them.

Where the system can, the policy's process answers the client itself as soon as its policy is loaded, see
`direct`, and the server only watches over the two. Over TLS every message passes through the server.

The client says how many lanes it plays, which task, and what is seen; which policy is loaded is for the
server to say alone. Observations are received into the memory that the policy's process sees, and actions are
sent out of it.
"""

from __future__ import annotations

import math
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ..channel import (
    ACT,
    DONE,
    FAULT,
    HAND_OVER,
    LOAD,
    RESET,
    SLICE_S,
    TASK,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelTimeoutError,
)
from .channel import BUSY, ENDED, SocketChannel, from_json, say_last, to_json
from .greeting import RefusedError, welcome
from .rows import check_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..arrays import SharedArrays


class ServedPolicy(NamedTuple):
    """A policy of a server, for one task or for any.

    Attributes:
        load: How the policy is loaded: the payload of `LOAD`, but for the lanes.
        start: Starts a policy's process, in which nothing is loaded yet (`ilbench.runner.hosts.guest.Guest`),
            and which inherits descriptors under their numbers here.
    """

    load: Mapping[str, Any]
    start: Callable[[Sequence[int]], Any]


class Offer(NamedTuple):
    """What a server serves, and to whom.

    Attributes:
        told: What every welcome client is told of it.
        policies: By task id; the one for any task under an empty id.
        token: What a client has to know; empty where everybody is welcome.
        num_connections: How many policies there are at a time: each has a process of its own.
    """

    told: Mapping[str, Any]
    policies: Mapping[str, ServedPolicy]
    token: str = ""
    num_connections: int = 1


class Places:
    """How many policies may be loaded at a time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = threading.Semaphore(count)

    def take(self) -> bool:
        """Takes a place, if there is one."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """Gives a place back."""
        self._free.release()


def answer_client(channel: SocketChannel, offer: Offer, places: Places) -> None:
    """Answers a client until it leaves; what it says that makes no sense ends the connection.

    Args:
        channel: The client, whose greeting is still to come.
        offer: What is served.
        places: Of the whole server.
    """
    connection = _Connection(channel, offer, places)
    try:
        welcome(channel, offer.token, {**offer.told, "connections": places.count})
        while connection.is_going_on:
            connection.answer(*channel.receive())
    except (ChannelClosedError, ChannelTimeoutError, RefusedError):
        return
    except ChannelBrokenError as error:
        say_last(channel, f"the client broke the protocol: {error}")
    except Exception as error:  # whatever a stranger's message led to: this connection ends, and no other one
        say_last(channel, f"the server failed: {type(error).__name__}: {error}")
    finally:
        connection.close()
        channel.close()


class _Connection:
    """One client and its policy."""

    def __init__(self, channel: SocketChannel, offer: Offer, places: Places) -> None:
        self._channel = channel
        self._offer = offer
        self._places = places
        self._guest: Any = None
        self._process_lives: Callable[[], bool] = lambda: True
        self._width = 0
        self.is_going_on = True

    def answer(self, kind: bytes, payload: bytes) -> None:
        if kind == LOAD and self._guest is None:
            policy, num_lanes = self._wanted(from_json(payload))
            if not self._places.take():
                self._channel.send(BUSY, b"every place is taken: %d" % self._places.count)
                self.is_going_on = False
                return
            self._start(policy)
            status = self._forward(LOAD, to_json({**policy.load, "num_lanes": num_lanes}))
            if status == DONE and self._channel.can_be_handed_over():
                self._hand_over()
        elif self._guest is not None and kind in (TASK, RESET, ACT):
            if kind == TASK:
                self._share(from_json(payload))
            self._forward(kind, payload)
        else:
            raise ChannelBrokenError(f"a message of the kind {kind!r} at this point")

    def close(self) -> None:
        guest, self._guest = self._guest, None
        if guest is not None:
            guest.close()
            self._places.leave()

    def _wanted(self, said: Mapping[str, Any]) -> tuple[ServedPolicy, int]:
        """Returns the policy for the task that a client plays, and how many lanes it plays."""
        policies = self._offer.policies
        policy = policies.get("") or policies.get(str(said.get("task")))
        if policy is None:
            raise ChannelBrokenError(f"it plays {said.get('task')!r:.80}, which is not served")
        width, lanes = policy.load["width"], said.get("num_lanes")
        if type(lanes) is not int or not 1 <= lanes <= width or said.get("width") != width:
            raise ChannelBrokenError(f"expected the width {width} and as many lanes or fewer")
        self._width = width
        return policy, lanes

    def _start(self, policy: ServedPolicy) -> None:
        try:
            is_direct = self._channel.can_be_handed_over()
            self._guest = policy.start([self._channel.fileno()] if is_direct else [])
        except BaseException:  # an interrupt too: the place would stay taken for good
            self._places.leave()
            raise
        self._process_lives = self._guest.channel.is_alive
        self._guest.channel.is_alive = lambda: self._process_lives() and self._channel.is_open()

    def _share(self, said: Mapping[str, Any]) -> None:
        """Makes the arrays that the policy's process sees."""
        width = self._width
        try:
            fields = [(str(name), tuple(map(int, shape)), str(kind)) for name, shape, kind in said["fields"]]
            action = said["task"]["action"]
            layout = tuple(map(int, action["shape"])), str(action["dtype"])
        except (KeyError, TypeError, ValueError) as error:
            raise ChannelBrokenError(f"its task: {type(error).__name__}: {error}") from error
        check_layout(width, fields, layout)
        arrays: SharedArrays = self._guest.arrays(width, fields, layout)
        self._channel.carry(arrays, width)

    def _hand_over(self) -> None:
        """Has the policy's process answer the client, until one of them leaves."""
        policy = self._guest.channel
        policy.is_alive = self._process_lives
        with suppress(ChannelClosedError):  # how it ended is told below
            policy.send(HAND_OVER, b"%d" % self._channel.fileno())
            policy.receive(math.inf)
        watched = select.poll()
        watched.register(self._channel.fileno(), select.POLLRDHUP)
        watched.register(policy.fileno(), select.POLLIN)
        self.is_going_on = False
        found = watched.poll(1000 * SLICE_S)
        while not found and self._process_lives():
            found = watched.poll(1000 * SLICE_S)
        if self._channel.fileno() not in dict(found):
            self._await_end()
        self._channel.abort()  # what the policy has started may still hold the socket

    def _await_end(self) -> None:
        """Tells the client how the policy's process ended, if it did not end the conversation itself."""
        try:
            self._guest.channel.receive(SLICE_S)
        except (ChannelClosedError, ChannelTimeoutError):
            self._channel.send(ENDED, str(self._guest.ended()).encode())

    def _forward(self, kind: bytes, payload: bytes) -> bytes:
        """Asks the policy and passes its answer on, whose kind is returned."""
        policy = self._guest.channel
        try:
            policy.send(kind, payload)
            received: tuple[bytes, bytes] = policy.receive(
                math.inf
            )  # the client has a limit, and leaves when it is over
        except ChannelClosedError:
            if not self._channel.is_open():
                raise
            self._channel.send(ENDED, str(self._guest.ended()).encode())
            self.is_going_on = False
            return ENDED
        status, answer = received
        if status not in (DONE, FAULT):
            raise ChannelBrokenError(f"the policy answered with {status!r}")
        self._channel.answer(status, answer)
        return status
