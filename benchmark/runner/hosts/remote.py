"""A policy behind a server: how it is reached, and what is made of a connection that is lost.

A lost connection is nobody's fault. Whoever plays hears of it by an exception that is no fault of a policy's,
and plays the episodes again that were going on, see `ilbench.runner.lanes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ilbench.contract.policy_spec import RemoteServer
from ilbench.errors import ILBenchError, UsageError
from ilbench.guest.arrays import SharedArrays
from ilbench.guest.channel import ChannelBrokenError, ChannelClosedError, ChannelTimeoutError
from ilbench.guest.network.channel import BUSY, ENDED, SocketChannel
from ilbench.guest.network.greeting import Address, RefusedError, WrongCertificateError, connect
from ilbench.plain_text import one_line
from ilbench.runner.faults import ConnectionLostError

if TYPE_CHECKING:
    from ilbench.guest.arrays import ActionLayout, Fields


class RefusedByServerError(ILBenchError):
    """A policy server that does not serve us, or speaks something else."""


class OtherPolicyServedError(ILBenchError):
    """A policy server that serves another policy than when the run was begun."""


class RemoteGuest:
    """A policy behind a server that speaks our wire.

    Args:
        server: Where it is.

    Raises:
        ConnectionLostError: It cannot be reached.
        RefusedByServerError: It does not serve us.
        OtherPolicyServedError: It serves something else by now.
    """

    def __init__(self, server: RemoteServer) -> None:
        channel, told = greet(server)
        if told.get("digest") != server.digest:
            channel.close()
            raise OtherPolicyServedError(
                f"{server.address} serves {str(told.get('digest'))[:8]} by now, and the run was begun with "
                f"{server.digest[:8]}; records of the two cannot be mixed: choose another run folder"
            )
        self._socket = channel
        self.channel = RemoteChannel(channel, server)

    def arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns arrays whose rows travel from now on."""
        arrays = SharedArrays(-1, width, fields, action)  # of this process alone
        self._socket.carry(arrays, width)
        return arrays

    def ended(self) -> str:
        """Returns how the policy's process came to its end, as the server says."""
        return self.channel.ended

    def kill(self) -> None:
        """Leaves the server at once, which then ends the policy's process."""
        self._socket.abort()

    def close(self) -> None:
        """Leaves the server."""
        self._socket.close()


class RemoteChannel:
    """The messages of a connection; what ends it is told from what ends the policy.

    Attributes:
        ended: How the policy's process came to its end, if it did.
    """

    def __init__(self, channel: SocketChannel, server: RemoteServer) -> None:
        self._channel = channel
        self._server = server
        self.ended = ""

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Sends a message. Raises `ConnectionLostError`."""
        self._trying(lambda: self._channel.send(kind, payload))

    def check_quiet(self) -> None:
        """Checks that nothing has come. Raises `ConnectionLostError` or `ChannelBrokenError`."""
        self._trying(self._channel.check_quiet)

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytes]:
        """Returns the next message, see `ilbench.guest.channel.Channel.receive`.

        Raises:
            ConnectionLostError: The connection broke, or no place is free on the server.
            ChannelClosedError: The policy's process ended; `ended` says how.
            ChannelTimeoutError: Nothing came in time.
            ChannelBrokenError: What came is no message.
        """
        kind, payload = self._trying(lambda: self._channel.receive(timeout_s))
        text = one_line(payload.decode(errors="replace"), 200) if kind in (ENDED, BUSY) else ""
        if kind == BUSY:
            raise ConnectionLostError(f"{self._server.address}: {text}", self._server.reconnect_s)
        if kind == ENDED:
            self.ended = text
            raise ChannelClosedError
        return kind, payload

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _trying(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except ChannelClosedError as error:
            raise _lost(self._server, error) from error


def greet(server: RemoteServer) -> tuple[SocketChannel, Mapping[str, Any]]:
    """Returns a channel to a server of our wire, and what it says that it serves.

    Raises:
        ConnectionLostError: It cannot be reached.
        RefusedByServerError: It does not serve us, or speaks something else.
        UsageError: The address is none, or the token would travel readable.
    """
    address = parse_address(server)
    try:
        return connect(address, server.token)
    except (RefusedError, WrongCertificateError, ChannelBrokenError) as error:
        why = one_line(str(error), 300)
        raise RefusedByServerError(f"{address} does not serve us: {why}{_remedy(error)}") from error
    except (OSError, ChannelClosedError, ChannelTimeoutError) as error:
        raise _lost(server, error) from error


def parse_address(server: RemoteServer) -> Address:
    """Returns where a server is, after a look at whether a token may be sent there.

    Raises:
        UsageError: The address is none, or the token would travel readable.
    """
    try:
        address = Address.parse(server.address)
    except ValueError as error:
        raise UsageError(str(error)) from error
    is_safe = address.is_tls or address.is_loopback or server.is_token_open
    if server.token and not is_safe:
        raise UsageError(
            f"the token would travel to {address} readable for everybody on the way; serve with a "
            f"certificate and connect to tls://{address.host}:{address.port}, or say --insecure"
        )
    return address


def _remedy(error: Exception) -> str:
    if isinstance(error, RefusedError) and "token" in str(error):
        return "; say it with --token-file FILE or the environment variable ILBENCH_TOKEN"
    if isinstance(error, ChannelBrokenError):
        return "; is it a server of 'ilbench serve', and with TLS or without as the address says?"
    return ""


def _lost(server: RemoteServer, error: Exception) -> ConnectionLostError:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    address = server.address.partition("#")[0]
    return ConnectionLostError(f"{address}: {one_line(why, 200)}", server.reconnect_s)
