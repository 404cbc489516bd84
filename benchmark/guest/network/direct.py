"""A client that the policy's process answers itself: between the two is nothing but the connection.

The server has greeted the client, loaded the policy and handed the connection over; it goes on watching over
both, see `relay`.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from ..arrays import SharedArrays
from ..channel import ACT, RESET, TASK, ChannelBrokenError, ChannelClosedError
from .channel import SocketChannel, say_last
from .rows import check_layout

if TYPE_CHECKING:
    from ..arrays import ActionLayout, Fields
    from ..serve import PolicyServer


class ServedClient:
    """A client on a connection that was handed over.

    Args:
        descriptor: Of the connection's socket; it stays open.
        server: The policy, loaded.
    """

    def __init__(self, descriptor: int, server: PolicyServer) -> None:
        self._channel = SocketChannel(socket.socket(fileno=os.dup(descriptor)))
        self._server = server
        server.make_arrays = self._make_arrays

    def answer(self) -> None:
        """Answers it until it leaves; what it says that makes no sense ends the connection."""
        channel, answered = self._channel, self._server.answered
        try:
            while True:
                kind, payload = channel.receive()
                if kind not in (TASK, RESET, ACT):  # which policy is loaded is not for the client to say
                    raise ChannelBrokenError(f"a message of the kind {kind!r} at this point")
                channel.answer(*answered(kind, payload))
        except ChannelClosedError:
            return
        except ChannelBrokenError as error:
            say_last(channel, f"the client broke the protocol: {error}")
        finally:
            channel.close()

    def _make_arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        check_layout(width, fields, action)
        arrays = SharedArrays(-1, width, fields, action)  # of this process alone
        self._channel.carry(arrays, width)
        return arrays
