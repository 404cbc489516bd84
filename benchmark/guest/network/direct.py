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
    from collections.abc import Callable

    from ..arrays import ActionLayout, Fields


class ServedClient:
    """A client on a connection that was handed over.

    Args:
        descriptor: Of the connection's socket; it stays open.
    """

    def __init__(self, descriptor: int) -> None:
        self._channel = SocketChannel(socket.socket(fileno=os.dup(descriptor)))

    def answer(self, answered: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> None:
        """Answers it until it leaves; what it says that makes no sense ends the connection.

        Args:
            answered: Returns kind and payload of the policy's answer to a message.
        """
        channel = self._channel
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

    def make_arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns the arrays in which rows travel from now on.

        Raises:
            ChannelBrokenError: The client wants what no array can be.
        """
        check_layout(width, fields, action)
        arrays = SharedArrays(-1, width, fields, action)  # of this process alone
        self._channel.carry(arrays, width)
        return arrays
