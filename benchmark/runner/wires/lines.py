"""Connections to the servers of other projects, each for one episode at a time.

Sources of the protocols: openpi's ``WebsocketClientPolicy`` (openpi-client 0.1.2) and its server's
``WebsocketPolicyServer``; vla-eval's ``vla_eval.protocol`` of version 1 (vla-eval 0.8.0). They know no seed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ilbench.contract.policy_spec import RemoteServer
from ilbench.errors import MissingPackageError
from ilbench.guest.network.greeting import WrongCertificateError, open_socket
from ilbench.plain_text import one_line
from ilbench.runner.faults import ConnectionLostError, PolicyTimeout, ProtocolFault
from ilbench.runner.hosts.remote import RefusedByServerError, parse_address
from ilbench.runner.wires.frames import MAX_FRAME, FrameError, Keys, pack, unpack

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from ilbench.contract.task import Task

BROKEN = "the policy server broke the protocol"


class PolicyServerError(Exception):
    """What a server says went wrong with its policy."""


class Line(Protocol):
    """A connection to a server, for one lane."""

    @property
    def server(self) -> Mapping[str, str]:
        """What the server said of itself."""

    def start(self, task: Task) -> None:
        """Says that an episode begins, as far as the wire can. Raises `ConnectionLostError`."""

    def ask(self, observation: Mapping[str, Any]) -> None:
        """Sends what is seen. Raises `ConnectionLostError`."""

    def take(self) -> Any:
        """Returns the actions.

        Raises:
            PolicyServerError: The server says that its policy failed.
            ConnectionLostError: The connection broke.
            PolicyTimeout: Nothing came in time.
            ProtocolFault: What came is no answer.
        """

    def close(self) -> None:
        """Closes the connection."""


class _WebSocket:
    """Frames to and from a server; a connection that ends is nobody's fault."""

    def __init__(self, server: RemoteServer, keys: Keys, timeout_s: float) -> None:
        self._server = server
        self._keys = keys
        self._timeout_s = timeout_s
        self._socket = _connected(server)

    def send(self, value: Mapping[str, Any]) -> None:
        self._trying(lambda: self._socket.send(pack(value, self._keys)))

    def receive(self) -> bytes | str:
        try:
            frame: bytes | str = self._trying(lambda: self._socket.recv(timeout=self._timeout_s))
        except TimeoutError as error:
            raise PolicyTimeout(self._timeout_s) from error
        return frame

    def close(self) -> None:
        self._socket.close_socket()

    def _trying(self, act: Any) -> Any:
        from websockets.exceptions import ConnectionClosed

        try:
            return act()
        except ConnectionClosed as error:
            raise ConnectionLostError(
                f"{self._server.address}: {one_line(str(error), 200)}", self._server.reconnect_s
            ) from error


class OpenpiLine:
    """A connection to a server of openpi: it speaks first, and knows no episodes.

    Args:
        server: Where it is.
        timeout_s: How long an answer may take.

    Raises:
        ConnectionLostError: It cannot be reached.
        RefusedByServerError: It speaks something else.
    """

    def __init__(self, server: RemoteServer, timeout_s: float) -> None:
        self._socket = _WebSocket(server, "bytes", timeout_s)
        try:
            metadata = unpack(self._socket.receive())
        except (FrameError, PolicyTimeout) as error:
            self._socket.close()
            raise RefusedByServerError(
                f"{server.address} is no server of openpi: {one_line(str(error), 200)}"
            ) from error
        self.server = _said(metadata)

    def start(self, task: Task) -> None:
        """Says nothing: this wire has no episodes."""

    def ask(self, observation: Mapping[str, Any]) -> None:
        """Sends what is seen."""
        self._socket.send(observation)

    def take(self) -> Any:
        """Returns the actions, see `Line.take`."""
        frame = self._socket.receive()
        if isinstance(frame, str):  # it closes the connection behind it
            raise PolicyServerError(_last_line(frame))
        return _actions(_unpacked(frame))

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()


class VlaEvalLine:
    """A connection to a model server of vla-eval, protocol 1.

    Args:
        server: Where it is.
        timeout_s: How long an answer may take.

    Raises:
        ConnectionLostError: It cannot be reached.
        RefusedByServerError: It speaks something else, or another version.
    """

    def __init__(self, server: RemoteServer, timeout_s: float) -> None:
        self._socket = _WebSocket(server, "text", timeout_s)
        self._seq = 0
        self._is_in_episode = False
        self._send("hello", {"harness_version": "ilbench", "protocol_version": 1})
        try:
            hello = self._receive()
        except (ProtocolFault, PolicyTimeout) as error:
            self._socket.close()
            raise RefusedByServerError(f"{server.address} is no server of vla-eval: {error}") from error
        said = hello["payload"]
        if hello["type"] != "hello" or said.get("protocol_version", 1) != 1:
            self._socket.close()
            found = f"{hello['type']!r:.20}, version {said.get('protocol_version')!r:.20}"
            raise RefusedByServerError(f"{server.address}: expected a hello of protocol 1, found {found}")
        self.server = _said(said)

    def start(self, task: Task) -> None:
        """Says that one episode ends, if one was going on, and another one begins."""
        if self._is_in_episode:
            self._send("episode_end", {})
        self._is_in_episode = True
        self._send("episode_start", {"task": {"name": task.id, "task_description": task.summary}})

    def ask(self, observation: Mapping[str, Any]) -> None:
        """Sends what is seen."""
        self._send("observation", observation)

    def take(self) -> Any:
        """Returns the actions, see `Line.take`."""
        message = self._receive()
        payload = message["payload"]
        if message["type"] == "error":
            raise PolicyServerError(one_line(str(payload.get("error") or payload), 500))
        if message["type"] != "action" or message["seq"] != self._seq:
            raise ProtocolFault(f"{BROKEN}: expected the action {self._seq}, found {message['type']!r:.20}")
        return _actions(payload)

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()

    def _send(self, kind: str, payload: Mapping[str, Any]) -> None:
        self._seq += 1
        self._socket.send({"type": kind, "payload": payload, "seq": self._seq, "timestamp": time.time()})

    def _receive(self) -> Mapping[Any, Any]:
        message = _unpacked(self._socket.receive())
        if not ({"type", "payload", "seq"} <= message.keys() and isinstance(message["payload"], dict)):
            raise ProtocolFault(f"{BROKEN}: a message without type, payload or number")
        return message


def _connected(server: RemoteServer) -> ClientConnection:
    try:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect
    except ImportError as error:
        raise MissingPackageError(f"a policy server of {server.wire}", "websockets", "remote") from error
    address = parse_address(server)
    headers = {"Authorization": f"Api-Key {server.token}"} if server.token else None
    try:
        connection: ClientConnection = connect(
            f"ws://{address.host}:{address.port}",
            sock=open_socket(address),
            compression=None,
            max_size=MAX_FRAME,
            ping_interval=None,  # a server that computes does not answer
            additional_headers=headers,
        ).__enter__()  # the way that every version knows; `close_socket` is what ends it, without a wait
    except WrongCertificateError as error:
        raise RefusedByServerError(f"{address}: {error}") from error
    except (OSError, EOFError) as error:
        why = one_line(str(error) or type(error).__name__, 200)
        raise ConnectionLostError(f"{address}: {why}", server.reconnect_s) from error
    except WebSocketException as error:
        why = one_line(str(error), 200)
        raise RefusedByServerError(f"{address} is no server of {server.wire}: {why}") from error
    return connection


def _unpacked(frame: bytes | str) -> Mapping[Any, Any]:
    try:
        return unpack(frame)
    except FrameError as error:
        raise ProtocolFault(f"{BROKEN}: {error}") from error


def _actions(answer: Mapping[Any, Any]) -> Any:
    found = answer.get("actions", answer.get(b"actions"))
    if found is None:
        names = one_line(", ".join(map(str, answer)), 100)
        raise ProtocolFault(f"{BROKEN}: expected 'actions' in an answer, found {names}")
    return found


def _said(table: Mapping[Any, Any]) -> Mapping[str, str]:
    """Returns the single values of a table as texts, for the run's header."""
    single = {key: value for key, value in table.items() if isinstance(value, str | int | float)}
    return {one_line(str(key), 100): one_line(str(value), 200) for key, value in list(single.items())[:20]}


def _last_line(trace: str) -> str:
    lines = [line for line in trace.splitlines() if line.strip()]
    return one_line(lines[-1] if lines else "no reason", 500)
